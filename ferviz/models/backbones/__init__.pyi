from .first import start as start
from .resnet import (
    COMPACT as COMPACT,
    RESNET18 as RESNET18,
    ResNet as ResNet,
    ResNetConfig as ResNetConfig,
    stage as stage,
)
from .vgg import VGG as VGG, VGG16 as VGG16, VGGConfig as VGGConfig
