from . import (
    attention as attention,
    audio_video as audio_video,
    backbones as backbones,
    declaration as declaration,
    descriptor as descriptor,
    faceres as faceres,
    frame_attention as frame_attention,
    fusion as fusion,
    graph_model as graph_model,
    identity as identity,
    lbp_attention as lbp_attention,
    mini_xception as mini_xception,
    model as model,
    multi_task as multi_task,
    probe as probe,
    region_attention as region_attention,
    regions as regions,
    stream as stream,
    texture as texture,
    zoo as zoo,
)
from .audio_video import AudioVideo as AudioVideo
from .declaration import Input as Input, Items as Items, Vectors as Vectors
from .faceres import FaceRes as FaceRes, fetch_faceres as fetch_faceres, load_faceres as load_faceres
from .frame_attention import FrameAttention as FrameAttention
from .identity import Identity as Identity
from .lbp_attention import LBPAttention as LBPAttention
from .mini_xception import MiniXception as MiniXception
from .model import Model as Model, on_items as on_items
from .multi_task import MultiTask as MultiTask
from .probe import Probe as Probe, probes as probes
from .region_attention import RegionAttention as RegionAttention
from .zoo import card as card, list as list, load_model as load_model  # noqa: A004
