// One case of the reference vectors, run through the public parts: a model, its weights, a plan.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cambium/framework/graph/graph.h"
#include "cambium/layers/normalization/statistics.h"
#include "tests/vectors/vector_case.h"

namespace cambium {

// The largest |got - expected| / (1 + |expected|), by array.
using Errors = std::map<std::string, double>;

void keep_worst(Errors& errors, const std::string& array, double error);
void keep_worst(Errors& errors, const Errors& more);

// How a case is run: which layer normalizes, what follows it, and which arrays of the case its state should match.
struct Way {
  Item norm;
  std::vector<Item> after{};  // behind the affine step: error compensation
  Per affine = Per::channel;
  std::map<std::string, std::string> states{};  // array of the case, a row for each call -> state of the layer after that call
  std::map<std::string, std::string> finals{};  // array of the case -> state of the layer after the last call
  bool fuse = true;
  bool outputs = true;  // whether y, gradients and eval_y are those of this layer
  std::string eval_y = "eval.y";
};

Errors run_case(const VectorCase& vectors, const Way& way);

// Every way in which a case should come out alike: fused and not, and one for each rule that it has arrays of. Empty for a kind
// that there is no layer for.
std::vector<Way> ways_of(const VectorCase& vectors);
// The kind, with the error compensation where there is one.
std::string kind_of(const VectorCase& vectors);

// All of them, the worst of each array.
Errors errors_of(const VectorCase& vectors);

}  // namespace cambium
