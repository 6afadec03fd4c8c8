# check_onnx.py FILE.onnx...: what python3-onnx has to say of each: its checker, and its inference of shapes, which must come to
# those that the file declares.
import sys

import onnx
import onnx.shape_inference

for path in sys.argv[1:]:
    model = onnx.load(path)
    onnx.checker.check_model(model)
    onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True)
    assert model.ir_version == 7 and [(o.domain, o.version) for o in model.opset_import] == [("", 13)], path
    assert model.producer_name == "Cambium" and model.producer_version, path
    for value in list(model.graph.input) + list(model.graph.output):
        assert value.type.tensor_type.shape.dim[0].dim_param == "N", path
print(f"{len(sys.argv) - 1} files")
