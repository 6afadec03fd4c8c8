#include "apps/stream/model.h"
namespace stream {
std::unique_ptr<Model> make_watcher(const Options&, int) { return nullptr; }
}  // namespace stream
