#include "cambium/framework/graph/graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <map>

#include "cambium/framework/base/no_memory.h"

namespace cambium {
namespace {

std::atomic<std::uint64_t> entries_made{0};

std::string origin(const std::vector<Graph::Entry>& entries, std::span<const int> inputs) {
  std::string text;
  for (int i : inputs) text += (text.empty() ? "" : ", ") + entries[as_size(i)].name;
  return text;
}

void check_name(const std::vector<Graph::Entry>& entries, const std::string& name) {
  if (name.find_first_of(" \t\n.\"") != std::string::npos)
    throw Error("the name holds a blank, a dot or a quote", "letters, digits and '_'");
  for (const Graph::Entry& entry : entries)
    if (entry.name == name) throw Error("the name is taken", "another name");
}

// They become "dense_1.weight", by which they are saved and asked for: two of one name could not be told apart.
void check_tensors(const LayerSpec& spec) {
  std::map<std::string, const char*> taken;
  const auto take = [&](const std::string& name, const std::vector<int>& sizes, const char* what) {
    if (name.empty() || name.find_first_of(" \t\n\"") != std::string::npos)
      throw Error(fmt::format("the name '{}' of a {} is empty, or holds a blank or a quote", name, what),
                  "letters, digits and '_'");
    if (const auto [before, is_new] = taken.insert({name, what}); !is_new)
      throw Error(fmt::format("'{}' is the name of a {} and of another {}", name, before->second, what), "a name for each of them");
    if (std::any_of(sizes.begin(), sizes.end(), [](int size) { return size < 1; }))
      throw Error(fmt::format("the {} '{}' has the sizes {}", what, name, fmt::join(sizes, "x")), "sizes of at least 1");
  };
  for (const Param& param : spec.params) take(param.name, param.sizes, "parameter");
  for (const State& state : spec.state) take(state.name, state.sizes, "state");
}

}  // namespace

Node Graph::push(Entry entry) {
  entry.serial = ++entries_made;
  entries_.push_back(std::move(entry));
  return {static_cast<int>(entries_.size()) - 1, entries_.back().serial};
}

Graph::Graph(const Graph& other) try : entries_(other.entries_), outputs_(other.outputs_) {
} catch (const std::bad_alloc&) {
  no_memory_for("a copy of a graph");
}

Graph& Graph::operator=(Graph other) noexcept {
  entries_.swap(other.entries_), outputs_.swap(other.outputs_);
  return *this;
}

Node Graph::input(Shape shape, std::string name) try {
  const std::size_t count = inputs().size();
  if (name.empty()) name = count == 0 ? "input" : fmt::format("input_{}", count + 1);
  try {
    check_name(entries_, name);
  } catch (const Error& error) {
    throw Error(fmt::format("input '{}': {}", name, error.problem()), error.remedy());
  }
  return push({.name = name, .layer = nullptr, .inputs = {}, .shape = shape, .settings = {}});
} catch (const std::bad_alloc&) {
  no_memory_for("an input of a graph");
}

// By value: an item that is moved in is given away, and says so when it is used again.
Node Graph::add(Item item, std::span<const Node> nodes) try {  // NOLINT(performance-unnecessary-value-param)
  if (!item.layer) throw Error("there is no layer to add: it was moved away, or never made", "a new one");
  std::vector<int> inputs;
  for (Node node : nodes) inputs.push_back(checked(node));
  const Description description = item.layer->describe();
  const std::string name = item.name.empty() ? unique_name(description.kind) : item.name;
  const int number = static_cast<int>(entries_.size() - this->inputs().size()) + 1;

  std::vector<Shape> shapes;
  for (int i : inputs) shapes.push_back(entries_[as_size(i)].shape);
  try {
    check_name(entries_, name);
    const LayerSpec spec = item.layer->plan({.in = shapes, .batch = 2, .mode = Mode::evaluate});
    check_tensors(spec);
    return push({name, item.layer, inputs, spec.out, item.settings, number});
  } catch (const Error& error) {
    throw explained(error, item, inputs, name, number);
  }
} catch (const std::bad_alloc&) {
  no_memory_for("one more layer of a graph");
}

Node Graph::append(Node x, const Chain& chain) try {
  for (const Item& item : chain.items()) x = append(x, item);
  return x;
} catch (const std::bad_alloc&) {
  no_memory_for("the layers of a chain");
}

Error Graph::explained(const Error& error, const Item& item, std::span<const int> inputs, const std::string& name,
                       int number) const {
  const std::string fields = item.layer->describe().fields_str();
  return Error(fmt::format("layer {} {}{}: {}{}", number, name, fields.empty() ? "" : " (" + fields + ")", error.problem(),
                           inputs.empty() ? "" : "; came from " + origin(entries_, inputs)),
               error.remedy());
}

std::string Graph::unique_name(const std::string& kind) const {
  std::vector<bool> taken(entries_.size() + 2);  // numbers beyond need not be known: the first that is free is none of them
  for (const Entry& entry : entries_) {
    if (!entry.name.starts_with(kind + '_')) continue;
    const std::string number = entry.name.substr(kind.size() + 1);
    const auto i = static_cast<std::size_t>(std::strtoull(number.c_str(), nullptr, 10));
    if (i < taken.size() && std::to_string(i) == number) taken[i] = true;
  }
  return fmt::format("{}_{}", kind, std::find(taken.begin() + 1, taken.end(), false) - taken.begin());
}

int Graph::checked(Node node) const {
  const bool here = node.index >= 0 && node.index < static_cast<int>(entries_.size());
  if (!here)
    throw Error(fmt::format("node {} is not in this graph, which has {}", node.index, entries_.size()),
                "a node that input() or then() returned");
  if (node.serial != 0 && node.serial != entries_[as_size(node.index)].serial)
    throw Error(fmt::format("a node of another graph was used after '{}'", entries_[as_size(node.index)].name),
                "a node that this graph returned");
  return node.index;
}

void Graph::output(Node node) try {
  const int index = checked(node);
  if (!entries_[as_size(index)].layer)
    throw Error(fmt::format("'{}' is an input of the model, and an output must be a layer", entries_[as_size(index)].name),
                "a layer that follows it");
  if (std::find(outputs_.begin(), outputs_.end(), index) != outputs_.end())
    throw Error(fmt::format("'{}' is an output already", entries_[as_size(index)].name), "each output once");
  outputs_.push_back(index);
} catch (const std::bad_alloc&) {
  no_memory_for("one more output of a graph");
}

const Shape& Graph::shape(Node node) const { return entries_[as_size(checked(node))].shape; }

Node Graph::input_node(int i) const {
  const std::vector<int> all = inputs();
  if (i < 0 || i >= static_cast<int>(all.size()))
    throw Error(fmt::format("graph: input {} is asked for, and there are {}", i, all.size()), "counting inputs from 0");
  const int index = all[as_size(i)];
  return {index, entries_[as_size(index)].serial};
}

std::vector<int> Graph::inputs() const {
  std::vector<int> found;
  for (std::size_t i = 0; i < entries_.size(); ++i)
    if (!entries_[i].layer) found.push_back(static_cast<int>(i));
  return found;
}

std::vector<int> Graph::outputs() const {
  if (!outputs_.empty()) return outputs_;
  for (std::size_t i = entries_.size(); i-- > 0;)
    if (entries_[i].layer) return {static_cast<int>(i)};
  throw Error("the model has no layers", "adding one: Sequential(Shape{1, 28, 28}, Flatten(), Dense(10))");
}

std::vector<std::string> Graph::output_names() const {
  std::vector<std::string> names;
  for (const int index : outputs()) names.push_back(entries_[as_size(index)].name);
  return names;
}

int Graph::find(const std::string& name) const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].name == name) return static_cast<int>(i);
    names.push_back(entries_[i].name);
  }
  throw Error(fmt::format("no layer is named '{}'{}", name, did_you_mean(name, names)), "a name that summary() lists");
}

LayerSpec Graph::spec(int index, int batch, Mode mode, Isa isa, bool backward) const {
  const Entry& entry = entries_[as_size(index)];
  std::vector<Shape> shapes;
  for (int i : entry.inputs) shapes.push_back(entries_[as_size(i)].shape);
  try {
    return entry.layer->plan({.in = shapes, .batch = batch, .mode = mode, .isa = isa, .backward = backward});
  } catch (const Error& error) {
    throw explained(error, Item(entry.layer), entry.inputs, entry.name, entry.number);
  }
}

void Graph::check(int batch, Mode mode) const {
  for (std::size_t i = 0; i < entries_.size(); ++i)
    if (entries_[i].layer) spec(static_cast<int>(i), batch, mode);
}

}  // namespace cambium
