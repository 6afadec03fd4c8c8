#include "cambium/framework/export/cpp_places.h"

#include <algorithm>

#include "cambium/framework/base/arena.h"

namespace cambium {
namespace {

using namespace inference;

bool value_by_value(const What& what) {
  return std::holds_alternative<Map>(what) || std::holds_alternative<form::Pointwise>(what) ||
         std::holds_alternative<form::Clip>(what);
}

class Placer {
 public:
  explicit Placer(const Program& program)
      : program_(program), buffer_(program.values.size(), -1), last_(program.values.size(), -1) {
    places_.of.resize(program.values.size());
  }

  CppPlaces run() {
    for (std::size_t k = 0; k < program_.inputs.size(); ++k) place(program_.inputs[k]) = {CppPlace::In::input, k};
    for (std::size_t k = 0; k < program_.outputs.size(); ++k) place(program_.outputs[k]) = {CppPlace::In::output, k};
    find_last_reads();
    for (int time = 0; time < static_cast<int>(program_.ops.size()); ++time) put(program_.ops[as_size(time)], time);
    places_.floats = pack(buffers_) / sizeof(float);
    for (std::size_t i = 0; i < buffer_.size(); ++i)
      if (buffer_[i] >= 0) places_.of[i].at = buffers_[as_size(buffer_[i])].offset / sizeof(float);
    return std::move(places_);
  }

 private:
  CppPlace& place(int value) { return places_.of[as_size(value)]; }
  bool is_output(int value) const { return std::ranges::count(program_.outputs, value) > 0; }
  bool stays(const Operation& op) const { return std::holds_alternative<form::Reshape>(op.what) && !is_output(op.output); }

  // What is reshaped is read as long as its other shape is.
  void find_last_reads() {
    for (int time = static_cast<int>(program_.ops.size()); time-- > 0;) {
      const Operation& op = program_.ops[as_size(time)];
      const int read = stays(op) ? std::max(time, last_[as_size(op.output)]) : time;
      for (const int input : op.inputs) last_[as_size(input)] = std::max(last_[as_size(input)], read);
    }
  }

  void put(const Operation& op, int time) {
    if (is_output(op.output)) return;
    int& mine = buffer_[as_size(op.output)];
    const int last = std::max(time, last_[as_size(op.output)]), input = op.inputs[0], from = buffer_[as_size(input)];
    if (stays(op)) {
      place(op.output) = place(input), mine = from;
    } else if (value_by_value(op.what) && from >= 0 && buffers_[as_size(from)].last <= time) {
      buffers_[as_size(mine = from)].last = last;
    } else {
      mine = static_cast<int>(buffers_.size());
      buffers_.push_back({as_size(program_.value(op.output).shape.size()) * sizeof(float), time, last});
    }
  }

  const Program& program_;
  CppPlaces places_;
  std::vector<int> buffer_, last_;  // by value: in memory, or -1; the op that is the last to read it, or -1
  std::vector<Lifetime> buffers_;
};

}  // namespace

CppPlaces places_of(const Program& program) { return Placer(program).run(); }

}  // namespace cambium
