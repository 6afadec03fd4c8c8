// Any text is a line of layers or an Error; what is a line is printed, and comes back as it was printed.
#include <cstddef>
#include <cstdlib>
#include <string>

#include "cambium/models/line.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace cambium;
  const std::string line(reinterpret_cast<const char*>(data), size);
  for (const Shape& input : {Shape{3, 12, 12}, Shape{20}}) {
    std::string printed;
    try {
      const Graph graph = models::graph_from_line(input, line);
      printed = models::line_of(graph);
    } catch (const Error&) {
      continue;
    }
    if (models::line_of(models::graph_from_line(input, printed)) != printed) std::abort();
  }
  return 0;
}
