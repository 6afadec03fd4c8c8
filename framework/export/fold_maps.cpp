#include "cambium/framework/export/fold_maps.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace cambium {
namespace {

using namespace inference;

bool all_finite(const std::vector<float>& values) {
  return std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); });
}

// Of a Gemm or a Conv of so many outputs. False, and nothing has changed, where that cannot be.
template <class Linear>
bool fold_into(Linear& linear, int outputs, const Map& map) {
  if (map.channels != outputs) return false;
  Linear folded = linear;
  const std::size_t depth = linear.weight.size() / as_size(outputs);
  const auto at = [](const auto& values, std::size_t o, double none) {
    return values.empty() ? none : static_cast<double>(values[o]);
  };
  folded.bias.resize(as_size(outputs));
  for (std::size_t o = 0; o < as_size(outputs); ++o) {
    const double scale = at(map.scale, o, 1);
    for (std::size_t i = o * depth; i < (o + 1) * depth; ++i)
      folded.weight[i] = static_cast<float>(scale * static_cast<double>(linear.weight[i]));
    folded.bias[o] = static_cast<float>(at(map.after, o, 0) + scale * (at(linear.bias, o, 0) + at(map.before, o, 0)));
  }
  if (!all_finite(folded.weight) || !all_finite(folded.bias)) return false;
  linear = std::move(folded);
  return true;
}

bool fold_into(What& what, const Map& map) {
  if (auto* gemm = std::get_if<Gemm>(&what)) return fold_into(*gemm, gemm->outputs, map);
  if (auto* conv = std::get_if<Conv>(&what)) return fold_into(*conv, conv->filters, map);
  return false;
}

bool only_read_by(const Program& program, const Operation& reader, int value) {
  if (std::ranges::count(program.outputs, value) > 0) return false;
  return std::ranges::all_of(program.ops,
                             [&](const Operation& op) { return &op == &reader || std::ranges::count(op.inputs, value) == 0; });
}

// Takes a value away that no operation knows any more.
void remove_value(Program& program, int value) {
  program.values.erase(program.values.begin() + value);
  const auto move_up = [&](int& one) { one -= one > value; };
  for (Operation& op : program.ops) std::ranges::for_each(op.inputs, move_up), move_up(op.output);
  std::ranges::for_each(program.inputs, move_up), std::ranges::for_each(program.outputs, move_up);
}

}  // namespace

void fold_maps(Program& program) {
  for (std::size_t i = 0; i < program.ops.size();) {
    const Operation& reader = program.ops[i];
    const auto* map = std::get_if<Map>(&reader.what);
    const int between = map ? reader.inputs[0] : -1;
    const auto linear = std::ranges::find(program.ops, between, &Operation::output);
    if (!map || linear == program.ops.end() || !only_read_by(program, reader, between) || !fold_into(linear->what, *map)) {
      ++i;
      continue;
    }
    linear->output = reader.output;
    program.ops.erase(program.ops.begin() + static_cast<std::ptrdiff_t>(i));
    remove_value(program, between);
  }
}

}  // namespace cambium
