// The model: layers and the edges between them. A graph holds no memory and no weights.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/layer.h"
#include "cambium/framework/graph/item.h"

namespace cambium {

// A place in a graph: the output of a layer, or an input of the model. Cheap to copy; valid in the graph that returned it, and in
// copies that were made of that afterwards.
struct Node {
  int index = -1;
  std::uint64_t serial = 0;  // of the entry, see below; 0: not checked
};

// Any acyclic graph: a node can only follow nodes that are already there. Shapes are inferred and checked as each layer is added;
// a misfit throws an Error that says which layer, what it got and from whom. Copies share the layers, which never change.
class Graph {
 public:
  Graph() = default;
  Graph(const Graph& other);
  Graph(Graph&&) noexcept = default;
  Graph& operator=(Graph other) noexcept;
  explicit Graph(Shape input) : Graph() { this->input(input); }

  Node input(Shape shape, std::string name = "");  // one more input of the model
  Node input_node(int i = 0) const;                // that of input `i`, as the one of Graph(Shape); throws where there is none
  // Layers, Items and Chains, one after the other; returns where the last of them ends.
  template <class... Items>
  Node then(Node x, Items&&... items) {
    ((x = append(x, std::forward<Items>(items))), ...);
    return x;
  }
  Node join(Item layer, std::initializer_list<Node> inputs) { return add(std::move(layer), {inputs.begin(), inputs.size()}); }
  Node join(Item layer, const std::vector<Node>& inputs) { return add(std::move(layer), inputs); }
  Node add(Item item, std::span<const Node> inputs);

  // Makes a node an output of the model; several are numbered in this order. Without a call, the layer added last is the output.
  void output(Node node);

  const Shape& shape(Node node) const;

  // ---- for those who walk the graph: entries in the order they were added, inputs of the model among them
  struct Entry {
    std::string name;
    std::shared_ptr<const Layer> layer;  // null for an input of the model
    std::vector<int> inputs;             // indices of entries
    Shape shape;                         // of one sample of the output
    ParamSettings settings;
    int number = 0;            // "layer 5": counted from 1, inputs of the model not counted
    std::uint64_t serial = 0;  // no two that were ever added have the same; copies of a graph keep it
  };
  const std::vector<Entry>& entries() const& { return entries_; }
  std::vector<Entry> entries() && { return std::move(entries_); }  // for a loop over those of a passing graph
  std::vector<int> inputs() const;                                 // entry indices
  std::vector<int> outputs() const;                                // never empty, or Error
  std::vector<std::string> output_names() const;                   // of the layers that give them, in the same order
  bool names_outputs() const { return !outputs_.empty(); }         // output() was called
  int find(const std::string& name) const;                         // throws, naming the closest name

  // What entry `index` says of itself in this use. Errors name the layer, its options, and who produced its input.
  LayerSpec spec(int index, int batch, Mode mode, Isa isa = Isa::portable, bool backward = true) const;
  // Throws when some layer cannot take such a batch: batch norm with one value per channel, for one.
  void check(int batch, Mode mode) const;

  // A table of layers: name, options, output shape, parameters, FLOPs and bytes of the output for one sample.
  std::string summary() const;

 private:
  Node append(Node x, Item item) { return add(std::move(item), {&x, 1}); }
  Node append(Node x, const Chain& chain);
  Error explained(const Error& error, const Item& item, std::span<const int> inputs, const std::string& name, int number) const;
  std::string unique_name(const std::string& kind) const;
  int checked(Node node) const;
  Node push(Entry entry);

  std::vector<Entry> entries_;
  std::vector<int> outputs_;
};

// One layer after the other.
class Sequential : public Graph {
 public:
  template <class... Items>
  explicit Sequential(Shape input, Items&&... items) : Graph(input) {
    then(Node{0, 0}, std::forward<Items>(items)...);
  }
};

}  // namespace cambium
