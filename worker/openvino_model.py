"""Load a job's model onto an OpenVINO device: read it, put the preprocessing into its graph, compile it.

The worker's pixels go in as they come (I420, or u8 BGR) and OpenVINO converts colour, layout and type inside the
compiled model: that cost nothing measurable, while I420 halves what travels.

Guarantees: whatever OpenVINO throws leaves as a ModelError or a DeviceError of one line.
What this file does not know: requests, frames, decoders.
"""

from __future__ import annotations

import logging
from pathlib import Path, PurePath
from typing import Any, Final

from common.errors import DeviceError, ModelError
from common.families import DYNAMIC, ImageInput, Port, image_input
from common.inspect_child import port_fields
from common.job import InputSpec, JobDocument
from common.model_files import FORMATS
from common.openvino_text import plain
from worker.engine import EngineInfo, EngineOptions
from worker.lean_openvino import ov

_LOG = logging.getLogger(__name__)

_HINTS: Final = {"throughput": "THROUGHPUT", "latency": "LATENCY"}
_FORMATS: Final = ov.preprocess.ColorFormat
_COLORS: Final = {"BGR": _FORMATS.BGR, "RGB": _FORMATS.RGB}
_VIRTUAL: Final = frozenset({"AUTO", "MULTI", "HETERO", "BATCH"})
"""Devices that pass properties on to others; what they say they support is only their own."""

_CACHED: Final = ("GPU", "NPU")
"""Devices whose compiled models are kept. On the CPU a model read back may be another one: see decision 0011."""

_PRECISION: Final = "INFERENCE_PRECISION_HINT"


def load_model(job: JobDocument, model_dir: Path, options: EngineOptions) -> ov.CompiledModel:
    """Return the job's model, compiled; its only input has `tensor_shape(job.input)`, its outputs are f32.

    Raises:
        ModelError: a file is missing or broken, or the model does not fit the job.
        DeviceError: the device is missing or cannot run the model at the job's precision.
    """
    core = ov.Core()
    return _compiled(core, _with_preprocessing(_read(core, model_dir / _main_file(job)), job), job, options)


def load_plain(job: JobDocument, graph: Path, options: EngineOptions) -> tuple[ov.CompiledModel, ImageInput]:
    """Return a job's model as its file has it, compiled, and what image it takes: whoever uses it prepares that.

    Raises:
        ModelError: the file is broken, or does not fit the job.
        DeviceError: the device is missing or cannot run the model at the job's precision.
    """
    core = ov.Core()
    model = _read(core, graph)
    try:
        image = _fixed(model, job.input)
    except RuntimeError as error:
        raise ModelError(f"the model does not fit the job: {plain(str(error))}", "use the job's files") from error
    return _compiled(core, model, job, options), image


def tensor_shape(spec: InputSpec) -> tuple[int, ...]:
    """Return the shape in which the compiled model takes one frame: NHWC, where I420 is one plane of 3/2 the height."""
    return (1, spec.height * 3 // 2, spec.width, 1) if spec.pixels == "i420" else (1, spec.height, spec.width, 3)


def engine_info(compiled: ov.CompiledModel, device: str, requests: int) -> EngineInfo:
    """Say what runs, as far as the device tells."""
    precision = _asked(compiled, _PRECISION)
    streams = _asked(compiled, "NUM_STREAMS")
    return EngineInfo(
        kind="openvino",
        device=device,
        device_name=_full_name(_asked(compiled, "EXECUTION_DEVICES") or [device]),
        precision=precision.to_string() if isinstance(precision, ov.Type) else "default",
        streams=int(streams or 0),
        requests=requests,
        version=ov.__version__,
    )


def port(node: ov.Output | ov.ConstOutput) -> Port:
    """Describe an input or output of an OpenVINO model."""
    fields = port_fields(node)
    return Port(fields["name"], tuple(fields["shape"]), fields["element_type"])


def _compiled(core: ov.Core, model: ov.Model, job: JobDocument, options: EngineOptions) -> ov.CompiledModel:
    properties = _properties(core, job, options)
    try:
        return core.compile_model(model, options.device, properties)
    except RuntimeError as error:
        raise _device_error(core, options.device, plain(str(error))) from error


def _read(core: ov.Core, path: Path) -> ov.Model:
    try:
        return core.read_model(path)
    except RuntimeError as error:
        raise ModelError(f"OpenVINO cannot read {path.name}: {plain(str(error))}", "export it again") from error


def _main_file(job: JobDocument) -> str:
    """Name the file that OpenVINO is given; the others (weights) it finds beside it."""
    graphs = [file.name for file in job.files if PurePath(file.name).suffix in FORMATS]
    if len(graphs) != 1:
        raise ModelError(f"the job has {len(graphs)} model graphs among its {len(job.files)} files, not one")
    return graphs[0]


def _with_preprocessing(model: ov.Model, job: JobDocument) -> ov.Model:
    """Put type, layout and colour conversion into the graph, and fix what its shape leaves open."""
    spec = job.input
    names = {name for node in model.outputs for name in (port(node).name, *node.names)}
    if job.output.name not in names:
        raise ModelError(f"the model has no output '{job.output.name}' that the job names", "use the job's files")
    try:
        image = _fixed(model, spec)
        process = ov.preprocess.PrePostProcessor(model)
        _describe(process.input(0), spec, image)
        for index in range(len(model.outputs)):
            process.output(index).tensor().set_element_type(ov.Type.f32)
        return process.build()
    except RuntimeError as error:
        raise ModelError(f"the model does not fit the job: {plain(str(error))}", "use the job's files") from error


def _fixed(model: ov.Model, spec: InputSpec) -> ImageInput:
    """Reshape a model with open dimensions to the job's geometry, and check that every model has it."""
    found = port(model.input(0))
    if DYNAMIC in found.shape:
        planes_first = found.shape[1] in {3, DYNAMIC} and found.shape[-1] != 3  # noqa: PLR2004 - colour planes
        shape = [1, 3, spec.height, spec.width] if planes_first else [1, spec.height, spec.width, 3]
        model.reshape({model.input(0): ov.PartialShape(shape)})
    image = image_input([port(node) for node in model.inputs])
    if (image.name, image.width, image.height) != (spec.name, spec.width, spec.height):
        raise ModelError(f"the model's input {found} is not the job's '{spec.name}' of {spec.width}x{spec.height}")
    return image


def _describe(info: Any, spec: InputSpec, image: ImageInput) -> None:  # noqa: ANN401 - OpenVINO ships no types
    given, wanted = _COLORS["BGR"], _COLORS[spec.color]
    tensor = info.tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
    tensor.set_color_format(_FORMATS.I420_SINGLE_PLANE if spec.pixels == "i420" else given)
    if spec.pixels == "i420" or wanted != given:
        info.preprocess().convert_color(wanted)
    info.model().set_layout(ov.Layout(image.layout))


def _properties(core: ov.Core, job: JobDocument, options: EngineOptions) -> dict[str, Any]:
    """Return what the user asked for and the device knows; what it does not know is left out aloud."""
    asked = {
        "PERFORMANCE_HINT": _HINTS.get(options.hint),
        "PERFORMANCE_HINT_NUM_REQUESTS": options.nireq,
        "NUM_STREAMS": options.streams,
        "INFERENCE_NUM_THREADS": options.threads,
        "ENABLE_CPU_PINNING": options.pin,
        _PRECISION: None if job.precision == "default" else job.precision,
    }
    wanted = {name: value for name, value in asked.items() if value is not None}
    known = _supported(core, options.device)
    unknown = [] if known is None else sorted(wanted.keys() - known)
    if _PRECISION in unknown:
        what = f"device {options.device} cannot be told to infer in {job.precision}"
        raise DeviceError(what, "run the job with --precision default")
    if unknown:
        _LOG.warning("device %s does not know %s: left out", options.device, ", ".join(unknown))
    keeps = options.cache_dir is not None and options.device.startswith(_CACHED)
    cache = {"CACHE_DIR": str(options.cache_dir)} if keeps else {}
    return {name: value for name, value in wanted.items() if name not in unknown} | cache


def _supported(core: ov.Core, device: str) -> frozenset[str] | None:
    """Return the properties that the device knows, or None for a device that passes them on to others."""
    if device.partition(":")[0] in _VIRTUAL:
        return None
    try:
        return frozenset(core.get_property(device, "SUPPORTED_PROPERTIES"))
    except RuntimeError as error:
        raise _device_error(core, device, plain(str(error))) from error


def _device_error(core: ov.Core, device: str, reason: str) -> DeviceError:
    present = ", ".join(core.available_devices) or "none"
    return DeviceError(f"device {device} cannot run the model ({reason})", f"devices present are {present}")


def _asked(compiled: ov.CompiledModel, name: str) -> Any:  # noqa: ANN401 - as many types as properties
    """Return a property, or None where the device does not know it (the virtual ones know few)."""
    try:
        return compiled.get_property(name)
    except RuntimeError:
        return None


def _full_name(devices: list[str]) -> str:
    core = ov.Core()
    present = [device.strip("()") for device in devices if device.strip("()") not in _VIRTUAL]
    return ", ".join(str(core.get_property(device, "FULL_DEVICE_NAME")).strip() for device in present)
