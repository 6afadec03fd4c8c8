#include "cambium/framework/export/cpp_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/no_memory.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/export/cpp_functions.h"
#include "cambium/framework/export/cpp_places.h"
#include "cambium/framework/export/cpp_text.h"
#include "cambium/framework/files/atomic_file.h"

namespace cambium {
namespace {

using namespace inference;

class CppWriter {
 public:
  explicit CppWriter(const Program& program) : program_(program), places_(places_of(program)) {}

  std::string text(const CppOptions& options, std::span<const WeightsNote> notes) {
    for (const Operation& op : program_.ops) write(op);
    std::string text = heading(options, notes);
    if (math_) text += "#include <math.h>\n\n";
    text += fmt::format("namespace {} {{\n\n{}\n", options.name, declarations(options));
    text += fmt::format("namespace {{\n{}{}{}\n}}  // namespace\n\n", windows_ ? cpp_window : "", functions_, constants_);
    if (!options.classes.empty()) text += classes(options.classes);
    return text + predict() + fmt::format("\n}}  // namespace {}\n", options.name);
  }

 private:
  // ------------------------------------------------------------------------------------------------------------ one operation

  void write(const Operation& op) {
    op_ = &op;
    std::visit([this](const auto& what) { of(what); }, op.what);
  }

  std::string x(std::size_t k = 0) const { return place(op_->inputs[k]); }
  std::string y() const { return place(op_->output); }
  const Shape& in(std::size_t k = 0) const { return program_.value(op_->inputs[k]).shape; }
  const Shape& out() const { return program_.value(op_->output).shape; }

  void of(const Gemm& g) {
    call(fmt::format("{}, {}, {}, {}, {}, {}", x(), y(), g.inputs, g.outputs, constant("weight", g.weight),
                     constant("bias", g.bias)));
  }
  void of(const Conv& c) {
    call(fmt::format("{}, {}, {}, {}, {}, {}", x(), y(), c.filters, window(c.window), constant("weight", c.weight),
                     constant("bias", c.bias)));
  }
  void of(const Map& m) {
    call(fmt::format("{}, {}, {}, {}, {}, {}, {}", x(), y(), m.channels, in().size() / m.channels,
                     constant("before", rounded(m.before)), constant("scale", rounded(m.scale)),
                     constant("after", rounded(m.after))));
  }
  void of(const MaxPool& pool) { call(fmt::format("{}, {}, {}", x(), y(), window(pool.window))); }
  void of(const Softmax&) { call(fmt::format("{}, {}, {}, {}", x(), y(), in().channels(), in().spatial())); }
  void of(const form::Pointwise&) { call(fmt::format("{}, {}, {}", x(), y(), in().size())); }
  void of(const form::Clip& clip) { call(fmt::format("{}, {}, {}, {}", x(), y(), in().size(), cpp_number(clip.bound))); }
  void of(const form::SampleNorm& n) {
    call(fmt::format("{}, {}, {}, {}, {}, {}", x(), y(), n.groups, in().size() / n.groups, n.centred, n.epsilon));
  }
  void of(const form::ChannelMean&) { call(fmt::format("{}, {}, {}, {}", x(), y(), in().channels(), in().spatial())); }
  void of(const form::PadChannels&) { call(fmt::format("{}, {}, {}, {}", x(), y(), in().size(), out().size())); }
  void of(const form::Reshape&) {
    if (x() != y()) call(fmt::format("{}, {}, {}", x(), y(), in().size()));
  }
  void of(const form::Join& join) {
    if (join.how != form::Join::How::channels) {
      call(fmt::format("{}, {}, {}, {}", x(0), x(1), y(), in().size()));
      for (std::size_t k = 2; k < op_->inputs.size(); ++k) call(fmt::format("{}, {}, {}, {}", y(), x(k), y(), in().size()));
      return;
    }
    for (std::size_t k = 0, at = 0; k < op_->inputs.size(); at += as_size(in(k++).size()))
      call(fmt::format("{}, {} + {}, {}", x(k), y(), at, in(k).size()));
  }

  // What the operation calls, with these arguments; the function is taken into the file when it is called first.
  void call(const std::string& arguments) {
    const CppFunction& function = cpp_function(op_->what);
    if (taken_.insert(function.name).second) functions_ += function.text;
    windows_ |= function.windows, math_ |= function.math;
    calls_ += fmt::format("  {}({});  // {}\n", function.name, arguments, cpp_name(program_.value(op_->output).name));
  }

  // An array of these values that is called after the layer; "nullptr" for none.
  std::string constant(const std::string& what, const std::vector<float>& values) {
    if (values.empty()) return "nullptr";
    const std::string name = names_.word(program_.value(op_->output).name + "_" + what);
    constants_ += fmt::format("\nconst float {}[{}] = {};\n", name, values.size(), cpp_list(values));
    return name;
  }
  static std::vector<float> rounded(const std::vector<double>& values) {
    std::vector<float> floats;
    for (const double value : values) floats.push_back(static_cast<float>(value));
    return floats;
  }
  static std::string window(const Window& w) {
    return fmt::format("Window{{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}}}", w.channels, w.height, w.width, w.kernel_height,
                       w.kernel_width, w.stride_height, w.stride_width, w.pad_height, w.pad_width, w.out_height, w.out_width);
  }

  // ------------------------------------------------------------------------------------------------------------ around them

  // "x", or of several "x0", "x1".
  static std::string numbered(const char* name, std::size_t k, std::size_t of) {
    return of == 1 ? name : fmt::format("{}{}", name, k);
  }
  std::string place(int value) const {
    const CppPlace& place = places_.of[as_size(value)];
    if (place.in == CppPlace::In::memory) return fmt::format("memory + {}", place.at);
    return place.in == CppPlace::In::input ? numbered("x", place.at, program_.inputs.size())
                                           : numbered("y", place.at, program_.outputs.size());
  }
  // visit(name, value, input or not) for each input and output.
  template <class Visit>
  void each_end(Visit visit) const {
    for (const bool input : {true, false}) {
      const std::vector<int>& all = input ? program_.inputs : program_.outputs;
      for (std::size_t k = 0; k < all.size(); ++k) visit(numbered(input ? "x" : "y", k, all.size()), program_.value(all[k]), input);
    }
  }
  std::string parameters() const {
    std::string text;
    each_end([&](const std::string& name, const Value&, bool input) {
      text += fmt::format("{}{}{}", text.empty() ? "" : ", ", input ? "const float* " : "float* ", name);
    });
    return text;
  }

  std::string heading(const CppOptions& options, std::span<const WeightsNote> notes) const {
    std::string text = "// Made by Cambium " CAMBIUM_VERSION " from a trained model: C++11 that needs no other file.\n//\n";
    each_end([&](const std::string& name, const Value& value, bool) {
      text += fmt::format("// {}: {} floats, in the model {}{}\n", name, value.shape.size(), cpp_name(value.name),
                          value.shape.rank() > 1 ? " of " + value.shape.str() + ", the last size fastest" : "");
    });
    text += fmt::format(
        "// None may lie where another does. Use it by these lines in a program of yours:\n//\n"
        "//     namespace {} {{\n//     void predict({});\n//     }}\n",
        options.name, parameters());
    if (!notes.empty()) text += "//\n// What the model's file says:\n";
    for (const WeightsNote& note : notes) text += fmt::format("// {}: {}\n", cpp_text(note.key), cpp_text(note.text));
    return text + "\n";
  }

  std::string declarations(const CppOptions& options) const {
    std::string sizes;
    each_end([&](const std::string& name, const Value& value, bool) {
      sizes += fmt::format("{}_size = {}, ", name, value.shape.size());
    });
    std::string text = fmt::format("enum {{ {}memory_size = {} }};\n", sizes, std::max<std::size_t>(places_.floats, 1));
    text += fmt::format("void predict({});  // in memory of its own: one call at a time\n", parameters());
    text += fmt::format("void predict({}, float* memory);  // in so many floats of the caller\n", parameters());
    if (!options.classes.empty()) text += fmt::format("extern const char* const classes[{}];\n", options.classes.size());
    return text;
  }

  static std::string classes(const std::vector<std::string>& names) {
    std::vector<std::string> texts;
    for (const std::string& name : names) texts.push_back(cpp_text(name));
    return fmt::format("const char* const classes[{}] = {};\n\n", names.size(), cpp_list(texts));
  }

  std::string predict() const {
    std::string unused = places_.floats == 0 ? "  (void)memory;\n" : "", arguments;
    each_end([&](const std::string& name, const Value& value, bool input) {
      arguments += name + ", ";
      const bool read = std::ranges::any_of(program_.ops, [&](const Operation& op) {
        return std::ranges::any_of(op.inputs, [&](int i) { return program_.value(i).name == value.name; });
      });
      if (input && !read) unused += fmt::format("  (void){};\n", name);
    });
    return fmt::format(
        "void predict({0}, float* memory) {{\n{1}{2}}}\n\n"
        "void predict({0}) {{\n  static float memory[memory_size];\n  predict({3}memory);\n}}\n",
        parameters(), unused, calls_, arguments);
  }

  const Program& program_;
  CppPlaces places_;
  const Operation* op_ = nullptr;  // that is written
  CppWords names_;
  std::set<std::string> taken_;  // functions
  std::string functions_, constants_, calls_;
  bool windows_ = false, math_ = false;
};

}  // namespace

std::string cpp_file(const Program& program, const CppOptions& options, std::span<const WeightsNote> notes) {
  if (options.name != CppWords().word(options.name))
    throw Error("C++ file: " + in_quotes(options.name) + " is no word for a namespace", "letters, digits and single '_'");
  return CppWriter(program).text(options, notes);
}

void write_cpp(const Graph& graph, const Weights& weights, const std::string& path, const CppOptions& options,
               std::span<const WeightsNote> notes, const LowerOptions& lowering) try {
  const std::string text = cpp_file(lower(graph, weights, lowering), options, notes);
  AtomicFile file(path, text.size());
  file.write(text.data(), text.size());
  file.commit();
} catch (const std::bad_alloc&) {
  no_memory_for("the text of a C++ file", 10 * weights.bytes(), "closing other programs");
}

}  // namespace cambium
