// From the class of a layer to what a line knows of it: its constructor is asked what it takes, its Options struct for their names
// and types, and a layer made of them for the kind and the default values. So no table of layers is kept by hand.
//
// Three constructors are understood: L(number, LOptions), L(LOptions), and without options L(number) or L(); a number is an int, a
// double or a Size2. Of L(LOptions) a second one may take the first option alone, Dropout(0.3), or for_input.
#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <typeinfo>
#include <utility>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/layers/normalization/statistics.h"
#include "cambium/models/parts/line_kind.h"
#include "cambium/models/parts/line_values.h"

namespace cambium::models::line {

struct NoOptions {
  template <class V>
  void fields(V&&) {}
};

// Becomes a T and nothing else, to ask a constructor what it takes.
template <class T>
struct Exactly {
  template <std::same_as<T> U>
  operator U() const;
};

template <class L, class O, class T>
concept NumberedBy = std::constructible_from<L, Exactly<T>, O> ||
    (std::same_as<O, NoOptions>&& std::constructible_from<L, Exactly<T>>);
template <class L>
concept TakesOne = std::constructible_from<L, Exactly<double>> || std::constructible_from<L, Exactly<int>> ||
    std::constructible_from<L, Exactly<Size2>>;

template <class L, class O>
auto number_of(int n) {
  if constexpr (NumberedBy<L, O, Size2>)
    return Size2(n);
  else if constexpr (NumberedBy<L, O, int>)
    return n;
  else if constexpr (NumberedBy<L, O, double>)
    return static_cast<double>(n);
  else
    return NoOptions{};
}

// All that a constructor takes; visited like options.
template <class L, class O>
struct Arguments {
  using Number = decltype(number_of<L, O>(1));
  static constexpr bool numbered = !std::same_as<Number, NoOptions>;

  Number number = number_of<L, O>(1);
  O options{};

  std::shared_ptr<const Layer> layer() const {
    if constexpr (numbered && std::same_as<O, NoOptions>)
      return std::make_shared<const L>(number);
    else if constexpr (numbered)
      return std::make_shared<const L>(number, options);
    else if constexpr (std::same_as<O, NoOptions>)
      return std::make_shared<const L>();
    else
      return std::make_shared<const L>(options);
  }

  template <class V>
  void fields(V&& visit) {
    if constexpr (numbered) {
      static const std::string name = Arguments{}.layer()->describe().fields.at(0).name;
      visit(name.c_str(), number);
    }
    options.fields(visit);
  }
};

template <class T>
bool reads_as(const std::string& text, T& value) {
  if constexpr (Readable<T>)
    return read_text(text, value);
  else
    return false;
}

template <class Fields>
bool reads(const Field& field) {
  Fields all{};
  bool good = false;
  all.fields([&](const std::string& name, auto& value) { good = good || (name == field.name && reads_as(field.value, value)); });
  return good;
}

// Throws Error for a text that cannot be read.
template <class Fields>
Fields filled(const std::vector<Field>& fields) {
  Fields all{};
  all.fields([&](const std::string& name, auto& value) {
    for (const Field& field : fields)
      if (field.name == name && !reads_as(field.value, value))
        throw Error(name + " " + field.value + " is not " + wanted(value), text_of(value));
  });
  return all;
}

template <class Fields>
Options options_of(const Description& standard) {
  Options options{{}, &reads<Fields>};
  Fields all{};
  all.fields([&]<class T>(const std::string& name, T& value) {
    Option option{name, "", wanted(value), std::same_as<T, bool>, !std::same_as<T, bool> && reads<Fields>({name, "1"})};
    for (const Field& field : standard.fields)
      if (field.name == name) option.standard = field.value;
    options.all.push_back(std::move(option));
  });
  return options;
}

template <class L, class O>
Kind kind_of() {
  using All = Arguments<L, O>;
  All one{}, two{{number_of<L, O>(2)}, {}};
  const std::shared_ptr<const Layer> layer = one.layer();
  Description said = layer->describe();
  const Description other = two.layer()->describe();
  Kind kind;
  kind.name = said.kind;
  for (std::size_t i = 0; i < said.fields.size(); ++i)
    if (said.fields[i].value != other.fields[i].value) said.fields[i].name.clear();  // follows from the number
  kind.options = options_of<All>(said);
  kind.needs_number = All::numbered;
  kind.takes_number = All::numbered || (TakesOne<L> && !std::same_as<O, NoOptions>);
  kind.joins = takes_several(*layer);
  if constexpr (std::constructible_from<L, ForInput>) kind.preset = L(for_input).describe().fields;
  kind.make = [](const std::vector<Field>& fields) { return filled<All>(fields).layer(); };
  kind.is = [](const Layer& l) { return typeid(l) == typeid(L); };
  return kind;
}

// A layer with another constructor has no place in a line.
template <class L, class O>
void add_kind(std::vector<Kind>& kinds) {
  constexpr bool bare = std::same_as<O, NoOptions> ? std::constructible_from<L> : std::constructible_from<L, O>;
  if constexpr (bare || Arguments<L, O>::numbered) kinds.push_back(kind_of<L, O>());
}

}  // namespace cambium::models::line
