#include "cambium/framework/files/torch_names.h"

#include <fmt/format.h>

#include <map>
#include <variant>

#include "cambium/framework/base/error.h"

namespace cambium {
namespace {

// Their name of one of our tensors of a layer; empty where they have none.
std::string their_name(const Form& form, bool scales, const std::string& ours) {
  if (std::holds_alternative<form::Dense>(form) || std::holds_alternative<form::Conv>(form)) return ours;
  if (scales) return ours == "gamma" ? "weight" : ours == "beta" ? "bias" : "";
  return ours == "running_mean" || ours == "running_var" ? ours : "";
}

}  // namespace

std::vector<TensorName> torch_names(const Graph& graph, const std::vector<std::string>& modules) {
  std::vector<TensorName> names;
  std::size_t layers = 0;
  std::map<int, std::size_t> norms;  // entries that normalize, and the module that holds them and what scales them
  for (int i = 0; i < static_cast<int>(graph.entries().size()); ++i) {
    const Graph::Entry& entry = graph.entries()[as_size(i)];
    if (!entry.layer) continue;
    const LayerSpec spec = graph.spec(i, 2, Mode::evaluate);
    const bool normalizes = entry.layer->describe().kind.ends_with("_norm");
    const auto norm = norms.find(entry.inputs[0]);
    const bool scales = entry.layer->describe().kind == "affine" && norm != norms.end();
    if (spec.params.empty() && spec.state.empty() && !normalizes) continue;
    const std::size_t number = scales ? norm->second : layers++;
    if (normalizes) norms[i] = number;
    const std::string module = number < modules.size() ? modules[number] : "";
    const auto add = [&](const std::string& ours) {
      const std::string theirs = their_name(spec.form, scales, ours);
      if (theirs.empty())
        throw Error(fmt::format("torch_names: {} has {}, for which PyTorch has no name", entry.name, ours), "a table by hand");
      names.push_back({module + '.' + theirs, entry.name + '.' + ours});
    };
    for (const Param& param : spec.params) add(param.name);
    for (const State& state : spec.state) add(state.name);
  }
  if (layers != modules.size())
    throw Error(fmt::format("torch_names: {} modules for {} layers with parameters", modules.size(), layers),
                "the modules of the state dict that have a weight, in the order of the layers");
  return names;
}

}  // namespace cambium
