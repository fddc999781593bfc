"""Attribution through ferviz against the same call written straight on Captum, in one run. Run this file as a script.

Both sides start from the clip and know the target. The clip has 16 frames, the model is the compact frame attention
network with drawn weights; one thread. "faces" are 16 single faces through the compact LBP attention, attributed to
photo and texture as a tuple; its class activation map is held against TorchCAM's. "bound" is Captum
with the batch size that ferviz uses to bound the memory.
The paired ratio is the median over the turns of (ours / theirs in the same turn).
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
import torch
from captum.attr import FeatureAblation, GradientShap, IntegratedGradients, LayerAttribution, LayerGradCam, Saliency
from clock import calibration, measure_paired
from torchcam.methods import CAM

from ferviz import Clip, Crop
from ferviz.attribution import attribute
from ferviz.models import FrameAttention, LBPAttention, Model, lbp_attention
from ferviz.models.frame_attention import Config

FRAMES, STEPS, DRAWS, TARGET, LABEL = 16, 50, 16, 3, "happiness"
MOST = 1.1


def straight(model: FrameAttention, clip: Clip) -> dict[str, Callable[[], object]]:
    """Each method as one would write it with Captum alone."""

    def inputs() -> tuple[torch.Tensor, dict]:
        frames, mask = model.prepare(clip)
        return frames.requires_grad_(), {"target": TARGET, "additional_forward_args": (mask,)}

    def gradients(**more: int) -> object:
        frames, told = inputs()
        told |= {"n_steps": STEPS, "return_convergence_delta": True, **more}
        return IntegratedGradients(model).attribute(frames, -torch.ones_like(frames), **told)

    def shap() -> object:
        frames, told = inputs()
        told |= {"n_samples": DRAWS, "return_convergence_delta": True, "stdevs": 0.0}
        return GradientShap(model).attribute(frames, -torch.ones_like(frames), **told)

    def saliency() -> object:
        frames, told = inputs()
        return Saliency(model).attribute(frames, **told)

    def cam() -> object:
        frames, told = inputs()
        maps = LayerGradCam(model, model.backbone.layer4).attribute(frames, relu_attributions=True, **told)
        return LayerAttribution.interpolate(maps, (clip.height, clip.width))

    def ablation() -> object:
        frames, told = inputs()
        mask = torch.arange(FRAMES)[None, :, None, None, None].expand_as(frames)
        return FeatureAblation(model).attribute(frames, -torch.ones_like(frames), feature_mask=mask, **told)

    return {
        "integrated_gradients": gradients,
        "integrated_gradients, bound": lambda: gradients(internal_batch_size=8),
        "gradient_shap": shap,
        "saliency": saliency,
        "grad_cam": cam,
        "occlusion, frames": ablation,
    }


def straight_on_faces(model: LBPAttention, clip: Clip) -> dict[str, Callable[[], object]]:
    """Each method as one would write it with Captum, or TorchCAM, for a photo and its texture."""

    def inputs() -> tuple[torch.Tensor, ...]:
        return tuple(x.requires_grad_() for x in model.prepare(clip))

    def gradients() -> object:
        dark = model.prepare(Clip(np.zeros_like(clip.frames), clip.times, crop=clip.crop))
        told = {"target": TARGET, "n_steps": STEPS, "return_convergence_delta": True, "internal_batch_size": 128}
        return IntegratedGradients(model).attribute(inputs(), dark, **told)

    def activation() -> object:
        with CAM(model, "stages", "classify") as extractor, torch.no_grad():
            model(*model.prepare(clip))
            return extractor(TARGET, normalized=False)

    return {
        "faces: integrated_gradients": gradients,
        "faces: saliency": lambda: Saliency(model).attribute(inputs(), target=TARGET),
        "faces: cam": activation,
    }


def caller(model: Model, clip: Clip) -> Callable[..., Callable[[], object]]:
    """What asks ferviz for one method."""

    def call(method: str, **more: object) -> Callable[[], object]:
        return lambda: attribute(model, clip, method, target=LABEL, **more)

    return call


def ours_on_faces(model: LBPAttention, clip: Clip) -> dict[str, Callable[[], object]]:
    """The same through ferviz."""
    call = caller(model, clip)
    names = ("integrated_gradients", "saliency", "cam")
    return {f"faces: {name}": call(name, **({"n_steps": STEPS} if "grad" in name else {})) for name in names}


def ours(model: FrameAttention, clip: Clip) -> dict[str, Callable[[], object]]:
    """The same through ferviz."""
    call = caller(model, clip)
    return {
        "integrated_gradients": call("integrated_gradients", n_steps=STEPS),
        "integrated_gradients, bound": call("integrated_gradients", n_steps=STEPS),
        "gradient_shap": call("gradient_shap", n_samples=DRAWS),
        "saliency": call("saliency"),
        "grad_cam": call("grad_cam", layer="backbone.layer4"),
        "occlusion, frames": call("occlusion", level="frames"),
    }


def main() -> int:
    torch.set_num_threads(1)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = FrameAttention(Config.compact("relation")).eval()
        still = LBPAttention(lbp_attention.Config.compact()).eval()
    rng = np.random.default_rng(0)
    frames = rng.integers(0, 256, (FRAMES, 112, 112, 3), dtype=np.uint8)
    clip = Clip(frames, np.arange(FRAMES) / 10, crop=Crop(112, 0.0))
    faces = Clip(rng.integers(0, 256, (FRAMES, 48, 48, 3), dtype=np.uint8), clip.times, crop=Crop(48, 0.0))
    print(calibration())
    print(f"\n{'ms of CPU time':30s}{'ferviz':>9s}{'Captum':>9s}{'ratio':>8s}")
    theirs, worst = straight(model, clip) | straight_on_faces(still, faces), 0.0
    for name, function in (ours(model, clip) | ours_on_faces(still, faces)).items():
        runs = 5 if "grad" in name and "cam" not in name else 25
        mine, their, ratio = measure_paired(function, theirs[name], runs)
        worst = max(worst, ratio)
        print(f"{name:30s}{mine * 1e3:9.0f}{their * 1e3:9.0f}{ratio:8.2f}")
    print(f"\nhighest paired ratio: {worst:.2f} ({'within' if worst <= MOST else 'over'} {MOST})")
    return int(worst > MOST)


if __name__ == "__main__":
    sys.exit(main())
