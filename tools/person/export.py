"""From trained weights to `vinofleet-person.xml` and `.bin`: FP16 IR, decoding and suppression in the graph.

`python -m tools.person.export WEIGHTS.pt OUT.xml` writes a model with the input `image`, f32 [1,3,224,384], BGR 0..255,
and the output `detection_out`, f32 [1,1,100,7], as the person detectors of Open Model Zoo have: rows of image_id, label
(0), score, x1, y1, x2, y2 in 0..1, and a row with image_id -1 after the last.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import openvino as ov
import openvino.opset8 as ops
import torch

from tools.person.geometry import HEIGHT, WIDTH, priors
from tools.person.network import PersonNet

if TYPE_CHECKING:
    from numpy.typing import NDArray

NMS_IOU: Final = 0.5
SCORE_MIN: Final = 0.05
BOXES_MAX: Final = 100

ATTRIBUTES: Final = {
    "background_label_id": 1,
    "top_k": 200,
    "keep_top_k": [BOXES_MAX],
    "variance_encoded_in_target": True,
    "code_type": "caffe.PriorBoxParameter.CENTER_SIZE",
    "share_location": True,
    "nms_threshold": NMS_IOU,
    "confidence_threshold": SCORE_MIN,
    "normalized": True,
    "clip_before_nms": False,
    "clip_after_nms": True,
}
"""https://docs.openvino.ai/2025/documentation/openvino-ir-format/operation-sets/operation-specs/detection/detectionoutput-8.html"""

MODEL_INFO: Final = {
    "model_type": "ssd",
    "labels": "person",
    "resize_type": "standard",
    "reverse_input_channels": "False",
    "confidence_threshold": "0.5",
}
"""What tools that read `model_info` want to know: https://github.com/open-edge-platform/model_api"""


def corners() -> NDArray[np.float32]:
    """Return x1, y1, x2, y2 of each prior, in 0..1 of the input: f32 [1,1,4*P]."""
    x, y, width, height = priors().T
    boxes = np.stack([x - width / 2, y - height / 2, x + width / 2, y + height / 2], 1)
    sides = np.array([WIDTH, HEIGHT] * 2, np.float32)
    return (boxes / sides).reshape(1, 1, -1).astype(np.float32)


def graph(net: PersonNet) -> ov.Model:
    """Return the network with its decoder."""
    example = torch.zeros(1, 3, HEIGHT, WIDTH)
    body = ov.convert_model(net.eval(), example_input=example, input=[1, 3, HEIGHT, WIDTH])
    logits, offsets = (output.get_node().input_value(0) for output in body.outputs)
    score = ops.unsqueeze(ops.sigmoid(logits), np.array([2]))
    both = ops.concat([score, ops.subtract(np.float32(1), score)], 2)
    flat = [ops.reshape(node, np.array([1, -1]), special_zero=False) for node in (offsets, both)]
    found = ops.detection_output(flat[0], flat[1], ops.constant(corners()), ATTRIBUTES)
    found.set_friendly_name("detection_out")
    found.output(0).set_names({"detection_out"})
    image = body.get_parameters()[0]
    image.set_friendly_name("image")
    image.output(0).set_names({"image"})
    return ov.Model([found], [image], "vinofleet-person")


def main() -> None:
    """Read the arguments, write the model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--threshold", type=float, default=0.5, help="the raw score that shall become 0.5")
    arguments = parser.parse_args()
    net = PersonNet()
    net.load_state_dict(torch.load(arguments.weights, weights_only=True))
    shift_scores(net, arguments.threshold)
    model = graph(net)
    for key, value in MODEL_INFO.items():
        model.set_rt_info(value, ["model_info", key])
    ov.save_model(model, arguments.out, compress_to_fp16=True)


def shift_scores(net: PersonNet, threshold: float) -> None:
    """Move all logits so that a score of `threshold` becomes 0.5, the default of everybody who uses the model."""
    with torch.no_grad():
        for head in net.heads:
            head.bias[0] -= float(np.log(threshold / (1 - threshold)))


if __name__ == "__main__":
    main()
