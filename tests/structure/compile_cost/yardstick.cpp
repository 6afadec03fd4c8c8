// Headers of the standard library that every program has, and nothing else: what compiling costs on this machine.
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

int main() {}
