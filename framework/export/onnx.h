// A trained model as an ONNX file, which ONNX Runtime and many other programs run.
#pragma once

#include <span>
#include <string>

#include "cambium/framework/export/lower.h"
#include "cambium/framework/files/weights_file.h"

namespace cambium {

// The bytes of such a file: operator set 13, IR version 7, all numbers float, the batch as the symbol "N". A sample of (channels,
// height, width) is an input of (N, channels, height, width). Inputs and outputs are called as in the graph; so are the nodes, by
// the layer that they belong to. The notes become metadata_props.
//
// A normalization is Add, Mul, Add, and no BatchNormalization, which would be folded into one scale and one shift: there a mean of
// a hundred deviations costs two digits. Where a norm finds its own statistics, the mean is taken away twice, for the same reason.
//
// Errors: texts that are no UTF-8; a model that does not fit the format's 2 GB; a map that no shape of ONNX broadcasts.
std::string onnx_bytes(const inference::Program& program, std::span<const WeightsNote> notes = {});

// Lowers, and writes the file whole or not at all (atomic_file.h). Errors: those of lower() too, and whatever the system refuses.
void write_onnx(const Graph& graph, const Weights& weights, const std::string& path, std::span<const WeightsNote> notes = {},
                const LowerOptions& options = {});

}  // namespace cambium
