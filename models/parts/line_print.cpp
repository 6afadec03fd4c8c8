#include "cambium/models/parts/line_print.h"

#include <fmt/format.h>

#include <algorithm>

#include "cambium/framework/base/text.h"
#include "cambium/models/parts/line_item.h"
#include "cambium/models/parts/line_kind.h"

namespace cambium::models::line {
namespace {

std::string who(const Graph::Entry& entry) { return fmt::format("layer {} {}", entry.number, in_quotes(entry.name, 40)); }

Error no_line(const std::string& problem, const std::string& remedy) {
  return Error("this model cannot be written as one line: " + problem, remedy);
}

const char* const in_cpp = "describing it in C++, as models/ does";

// The fields that differ from those of a layer made without them.
std::vector<Field> beyond(const Description& standard, const Description& said, const Graph::Entry& entry) {
  std::vector<Field> fields;
  for (std::size_t i = 0; i < said.fields.size(); ++i) {
    if (i >= standard.fields.size() || standard.fields[i].name != said.fields[i].name)
      throw no_line(who(entry) + " has other options than its kind", in_cpp);
    if (standard.fields[i].value != said.fields[i].value) fields.push_back(said.fields[i]);
  }
  return fields;
}

std::string options_text(const Kind& kind, const Description& said, const Graph::Entry& entry) {
  std::vector<Field> number;
  if (kind.needs_number) number.push_back(said.fields.at(0));
  std::vector<Field> fields = beyond(kind.make(number)->describe(), said, entry);
  std::string preset;
  if (!kind.preset.empty()) {
    std::vector<Field> given = kind.preset;
    given.insert(given.end(), number.begin(), number.end());
    std::vector<Field> from_preset = beyond(kind.make(given)->describe(), said, entry);
    if (from_preset.size() < fields.size()) preset = " for_input", fields = std::move(from_preset);
  }
  std::string text;
  for (const Field& field : fields)
    text +=
        kind.takes_number && field.name == kind.options.all.front().name ? " " + field.value : " " + field.name + "=" + field.value;
  return (number.empty() ? "" : " " + number[0].value) + preset + text;
}

std::string settings_text(const ParamSettings& settings) {
  const Description standard = describe_options("", ParamSettings{}), said = describe_options("", settings);
  std::string text;
  for (std::size_t i = 0; i < said.fields.size(); ++i)
    if (said.fields[i].value != standard.fields[i].value)
      text += (text.empty() ? " with " : " ") + said.fields[i].name + "=" + said.fields[i].value;
  return text;
}

bool has_place(const std::string& name) {
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return c > ' ' && c <= '~' && std::string(",=:()[]").find(c) == std::string::npos; });
}

}  // namespace

void check_sequential(const Graph& graph) {
  const std::vector<Graph::Entry>& entries = graph.entries();
  const std::vector<int> inputs = graph.inputs(), outputs = graph.outputs();
  if (inputs.size() != 1) throw no_line(fmt::format("it has {} inputs", inputs.size()), in_cpp);
  if (entries[0].layer || entries[0].name != "input")
    throw no_line("its input is named " + in_quotes(entries[as_size(inputs[0])].name, 40) + ", which a line has no place for",
                  "Graph(shape), whose input is named 'input'");
  for (std::size_t i = 1; i < entries.size(); ++i) {
    if (entries[i].inputs.size() != 1)
      throw no_line(fmt::format("{} reads {} others, and a line has no branches", who(entries[i]), entries[i].inputs.size()),
                    in_cpp);
    if (const std::size_t from = as_size(entries[i].inputs[0]); from + 1 != i)
      throw no_line(fmt::format("{} follows {}, as {} does, and a line has no branches", who(entries[i]),
                                in_quotes(entries[from].name, 40), in_quotes(entries[from + 1].name, 40)),
                    in_cpp);
  }
  if (outputs.size() != 1 || as_size(outputs[0]) + 1 != entries.size())
    throw no_line("it has other outputs than its last layer", in_cpp);
}

std::string text_of_entry(const Graph::Entry& entry, const std::string& automatic) {
  const Description said = entry.layer->describe();
  const std::vector<Kind>& all = kinds();
  const auto kind = std::find_if(all.begin(), all.end(), [&](const Kind& known) { return known.is(*entry.layer); });
  if (kind == all.end())
    throw no_line(fmt::format("{} is a {}, which is no layer of this library", who(entry), shown(said.kind, 40)), in_cpp);
  const std::string text = kind->name + options_text(*kind, said, entry) + settings_text(entry.settings);
  if (entry.name == automatic) return text;
  if (!has_place(entry.name)) throw no_line(who(entry) + ": the name has no place in a line", "letters, digits and '_'");
  return text + " as " + entry.name;
}

void check_same(const Graph& graph, const Graph& again) {
  for (std::size_t i = 1; i < graph.entries().size(); ++i) {
    const Graph::Entry &a = graph.entries()[i], &b = again.entries().at(i);
    if (a.name != b.name || a.layer->describe().str() != b.layer->describe().str() ||
        settings_text(a.settings) != settings_text(b.settings))
      throw no_line(who(a) + " would come back as " + b.layer->describe().str(), in_cpp);
  }
}

}  // namespace cambium::models::line
