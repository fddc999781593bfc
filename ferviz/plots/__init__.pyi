from . import (
    attention as attention,
    blocks as blocks,
    budgets as budgets,
    chart as chart,
    colours as colours,
    confusions as confusions,
    faces as faces,
    figure as figure,
    frames as frames,
    heads as heads,
    masks as masks,
    measured as measured,
    mesh as mesh,
    patterns as patterns,
    pixels as pixels,
    streams as streams,
    truth as truth,
)
from .attention import weights as weights, which_frame as which_frame
from .blocks import network as network
from .budgets import costs as costs
from .chart import probabilities as probabilities
from .colours import EMOTION_COLOURS as EMOTION_COLOURS
from .confusions import confusion as confusion
from .faces import class_map as class_map, filmstrip as filmstrip, found as found
from .figure import Figure as Figure, alt as alt, heat as heat, subplots as subplots
from .frames import frame_network as frame_network, region_network as region_network
from .heads import feature_plane as feature_plane, head_network as head_network, matrix as matrix
from .masks import mask_network as mask_network, reach as reach
from .measured import along as along, forest as forest, recorded as recorded
from .mesh import composed as composed
from .patterns import gallery as gallery, neighbourhood as neighbourhood, rings as rings, square_steps as square_steps
from .pixels import maps_beside as maps_beside
from .streams import two_streams as two_streams
from .truth import course as course, truth_maps as truth_maps, voice as voice
