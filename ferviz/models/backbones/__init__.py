"""Backbones, one file a family: what turns a picture of a face into maps of features, or into one vector."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "first": ["start"],
        "resnet": ["COMPACT", "RESNET18", "ResNet", "ResNetConfig", "stage"],
        "vgg": ["VGG", "VGG16", "VGGConfig"],
    },
)
