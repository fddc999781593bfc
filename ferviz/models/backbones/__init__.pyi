from .efficientnet import (
    EFFICIENTNET_B0 as EFFICIENTNET_B0,
    EFFICIENTNET_B2 as EFFICIENTNET_B2,
    EFFICIENTNET_COMPACT as EFFICIENTNET_COMPACT,
    EFFICIENTNET_LITE0 as EFFICIENTNET_LITE0,
    EfficientNet as EfficientNet,
    EfficientNetConfig as EfficientNetConfig,
    Stage as Stage,
)
from .first import start as start
from .ir import IR as IR, IR50 as IR50, IRConfig as IRConfig
from .mobilenet import (
    MOBILENET as MOBILENET,
    MOBILENET_COMPACT as MOBILENET_COMPACT,
    MobileNet as MobileNet,
    MobileNetConfig as MobileNetConfig,
)
from .resnet import (
    COMPACT as COMPACT,
    RESNET18 as RESNET18,
    ResNet as ResNet,
    ResNetConfig as ResNetConfig,
    stage as stage,
)
from .sound import (
    ALEXNET as ALEXNET,
    SOUND_COMPACT as SOUND_COMPACT,
    Layer as Layer,
    SoundNet as SoundNet,
    SoundNetConfig as SoundNetConfig,
)
from .vgg import VGG as VGG, VGG16 as VGG16, VGGConfig as VGGConfig
