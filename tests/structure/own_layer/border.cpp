// What crosses the border between a program and the library, also a shared one: exceptions in both directions, and the types of
// layers, whichever side made them.
#include <cambium/cambium.h>
#include <cambium/files.h>

#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>

#include "square.h"

using namespace cambium;

static int faults = 0;

static void expect(bool holds, const char* what) {
  if (!holds) std::printf("%s\n", what), ++faults;
}

struct TheirOwn : std::logic_error {
  using std::logic_error::logic_error;
};

struct Thrower : Square {
  LayerSpec plan(const Setting&) const override { throw TheirOwn("not planned"); }
};

template <class Caught, class Call>
std::string caught(const Call& call) {
  try {
    call();
  } catch (const Caught& error) {
    return error.what();
  } catch (...) {
    return "an exception of another type";
  }
  return "nothing";
}

int main() {
  const auto empty = [] { Sequential(Shape{3}, Conv2d(4)); };
  expect(caught<Error>(empty).starts_with("layer 1"), "an Error of the library is not caught as one");
  expect(caught<std::runtime_error>(empty).starts_with("layer 1"), "an Error of the library is no std::runtime_error");
  expect(caught<Error>([] { (void)load_csv("nowhere/there.csv"); }).find("there.csv") != std::string::npos,
         "nor is one of files.h");
  expect(caught<TheirOwn>([] { Sequential(Shape{3}, Thrower()); }) == "not planned", "one's own exception is lost on its way");

  const Graph made_there = models::graph_from_line(Shape{3}, "dense 2, relu");
  expect(dynamic_cast<const Dense*>(made_there.entries()[1].layer.get()) != nullptr, "a layer that the library made has no type");
  const Sequential made_here(Shape{3}, Dense(2), Relu());
  expect(models::line_of(made_here) == models::line_of(made_there), "the library does not know its own layer, made outside");
  const Sequential own(Shape{3}, Square());
  expect(dynamic_cast<const Square*>(own.entries()[1].layer.get()) != nullptr, "a layer of one's own has lost its type");
  expect(caught<Error>([&] { (void)models::line_of(own); }).find("square") != std::string::npos, "it is taken for another");
  return faults;
}
