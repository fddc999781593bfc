from . import (
    audio_video as audio_video,
    common as common,
    frame_attention as frame_attention,
    lbp_attention as lbp_attention,
    multi_task as multi_task,
    multi_task_sets as multi_task_sets,
    region_attention as region_attention,
    table as table,
    voices as voices,
)
from .audio_video import AV as AV, train_av as train_av, train_stream as train_stream
from .common import (
    HELD_OUT as HELD_OUT,
    WEIGHTS as WEIGHTS,
    Recipe as Recipe,
    Train as Train,
    faces_for_training as faces_for_training,
    fresh as fresh,
    synthetic_stills as synthetic_stills,
    vote_sets as vote_sets,
)
from .frame_attention import (
    BACKBONE as BACKBONE,
    FAMILIES as FAMILIES,
    FAN as FAN,
    TUNING as TUNING,
    backbone_task as backbone_task,
    fan_sets as fan_sets,
    train_fan as train_fan,
)
from .lbp_attention import LBP as LBP, train_lbp as train_lbp
from .multi_task import MTL as MTL, train_step as train_step
from .region_attention import RAN as RAN, train_ran as train_ran
from .table import limits as limits, networks as networks, training as training
from .voices import audio_task as audio_task, train_audio as train_audio
