// Any bytes as a table and as the format of one: read, or refused by an Error, and nothing else. Writes into memory alone.
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/data/tables/csv.h"
#include "tests/fuzz/memory_file.h"

namespace {

using namespace cambium;

std::vector<real> inputs_of(const Dataset& set) {
  const Shape shape = set.input_shapes()[0];
  std::vector<real> values(as_size(shape.size()));
  std::vector<real> all, target(1);
  std::vector<int> label(1);
  const auto kinds = set.target_kinds();
  const bool labels = !kinds.empty() && kinds[0].classes > 0;
  const View x{values.data(), shape, 1}, y{target.data(), Shape{1}, 1}, none;
  const std::span<int> to = labels ? std::span<int>(label) : std::span<int>();
  for (std::int64_t row = 0; row < set.size(); ++row) {
    set.fetch({&row, 1}, {&x, 1}, {&to, kinds.size()}, {labels ? &none : &y, kinds.size()});
    all.insert(all.end(), values.begin(), values.end());
  }
  return all;
}

void require(bool good) {
  if (!good) std::abort();
}

// What was read once is read again by its format, to the same bits: but for missing cells whose rows were left out.
void read_table(const std::string& bytes, const CsvOptions& options) {
  const cambium_tests::MemoryFile file(bytes.data(), bytes.size());
  const Table table = load_csv(file.path(), options);
  const TableFormat format = TableFormat::from_text(table.format.text(), "fuzz");
  require(format == table.format);
  const auto values = inputs_of(table.data);
  if (options.missing == CsvOptions::Missing::leave_out) return;
  const NewRowOptions again = {.header = format.header ? CsvHeader::yes : CsvHeader::no};
  const auto read_again = inputs_of(load_new_rows(file.path(), format, again));
  require(values.size() == read_again.size());
  require(values.empty() || std::memcmp(values.data(), read_again.data(), values.size() * sizeof(real)) == 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size < 2) return 0;
  const unsigned how = data[0], more = data[1];
  const std::string bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  CsvOptions options;
  options.missing = static_cast<CsvOptions::Missing>(how & 3);
  options.header = static_cast<CsvHeader>((how >> 2 & 3) % 3);
  options.labels = static_cast<CsvOptions::Labels>((how >> 4 & 3) % 3);
  options.unknown_as_zeros = (how & 0x40) != 0;
  if ((more & 1) != 0) options.label = (more & 2) != 0 ? "2" : "1";
  if ((more & 4) != 0) options.categories = {"1"};
  if ((more & 8) != 0) options.one_hot_limit = 3;
  if ((more & 16) != 0) options.leave_out = {"3"};
  options.unpacked_bytes = std::uint64_t{1} << 20;
  try {
    if ((more & 32) != 0)
      require(TableFormat::from_text(TableFormat::from_text(bytes, "fuzz").text(), "fuzz").text() != "");
    else
      read_table(bytes, options);
  } catch (const Error&) {  // which is the answer to most bytes
  }
  return 0;
}
