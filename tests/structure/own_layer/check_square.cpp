// The layer goes through the check of its whole contract, in double; and one that forgot to say what it reads is found out.
#include <cambium/testing.h>

#include <cstdio>
#include <string>

#include "square.h"

using namespace cambium;

struct Forgetful : Square {
  LayerSpec plan(const Setting& setting) const override {
    LayerSpec spec = Square::plan(setting);
    spec.reads_x = false;
    return spec;
  }
};

int main() {
  testing::check_layer(Square(), {Shape{3}, Shape{2, 3, 5}});
  try {
    testing::check_layer(Forgetful(), {Shape{3}});
  } catch (const Error& error) {
    std::puts(error.what());
    return std::string(error.what()).find("does not set spec.reads_x") == std::string::npos;
  }
  std::puts("nothing was found in a layer that forgot reads_x");
  return 1;
}
