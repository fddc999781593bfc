from . import base as base
from .base import Result as Result, fits as fits
