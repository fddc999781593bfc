from .annotator.explorer import Annotator as Annotator
from .crop.explorer import CropLab as CropLab
from .face.explorer import FaceLab as FaceLab
from .frames.explorer import Frames as Frames
from .heads.explorer import Heads as Heads
from .lbp.explorer import LBPStepper as LBPStepper
from .masks.explorer import Masks as Masks
from .patch.explorer import Patch as Patch
from .regions.explorer import Regions as Regions
from .shared.base import Explorer as Explorer, Stage as Stage
from .shared.items import Answer as Answer, Items as Items
from .shared.items_model import items_of as items_of
from .shared.items_panel import ItemsExplorer as ItemsExplorer
from .statistics.explorer import Statistics as Statistics
from .streams.explorer import TwoStreams as TwoStreams
from .twins.explorer import Twins as Twins
from .viewers.explorer import Viewers as Viewers
