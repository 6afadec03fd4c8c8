#include "cambium/framework/testing/gradient_errors.h"

namespace cambium::testing {
namespace {

std::map<std::string, GradientErrors>& table() {
  static std::map<std::string, GradientErrors> errors;
  return errors;
}

}  // namespace

void note_gradient_error(const std::string& kind, double error, double allowed) {
  GradientErrors& one = table()[kind];
  if (one.tensors++ == 0 || error * one.allowed > one.worst * allowed) one.worst = error, one.allowed = allowed;
}

const std::map<std::string, GradientErrors>& gradient_errors() { return table(); }

}  // namespace cambium::testing
