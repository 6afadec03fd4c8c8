// Records of CIFAR, names of classes, tables.
#include <algorithm>
#include <cstring>
#include <utility>

#include "cambium/framework/data/cifar.h"
#include "cambium/framework/data/tables/csv.h"
#include "tests/data/tables.h"
#include "tests/hostile/parts.h"
#include "tests/hostile/repair.h"

namespace cambium_tests {
namespace {

using namespace cambium;

Check nothing_more() {
  return [] {};
}

// Of records of so many bytes each.
Check all_records(MemoryDataset set, const std::string& bytes, std::size_t record) {
  return [set = std::move(set), bytes, record] {
    require(static_cast<std::size_t>(set.size()) == unpacked(bytes).size() / record, "CIFAR: records are lost");
  };
}

Check read_cifar10(const std::string& bytes) {
  static LinkedFile file("test_batch.bin");
  file.put(bytes);
  return all_records(load_cifar10(file.folder(), Split::test), bytes, 3073);
}

Check read_cifar100(const std::string& bytes) {
  static LinkedFile file("train.bin");
  file.put(bytes);
  return all_records(load_cifar100(file.folder(), Split::train), bytes, 3074);
}

Check read_class_names(const std::string& bytes) {
  static LinkedFile file("batches.meta.txt");
  static const bool once = (write_bytes(file.folder() + "/test_batch.bin", std::string(3073, '\0')), true);
  require(once, "no records");
  file.put(bytes);
  const MemoryDataset set = load_cifar10(file.folder(), Split::test);
  require(set.class_names().size() == 10, "CIFAR-10: not ten names");
  return nothing_more();
}

// What was read once is read again by its format, to the same bits: but where rows were left out, of which the format knows
// nothing.
Check read_table(const std::string& bytes, const CsvOptions& options) {
  const MemoryFile file(bytes);
  auto table = std::make_shared<Table>(load_csv(file.path(), options));
  return [table, bytes, options] {
    const TableFormat format = TableFormat::from_text(table->format.text(), "a table");
    require(format == table->format, "the format of a table does not come back from its text");
    if (table->left_out > 0) return;
    const MemoryFile again(bytes);
    const NewRowOptions how = {.header = format.header ? CsvHeader::yes : CsvHeader::no, .unpacked_bytes = options.unpacked_bytes};
    const std::vector<real> x = contents_of(table->data).x, y = contents_of(load_new_rows(again.path(), format, how)).x;
    require(x.size() == y.size() && (x.empty() || std::memcmp(x.data(), y.data(), x.size() * sizeof(real)) == 0),
            "a table is another when it is read by its format");
  };
}

constexpr std::uint64_t unpacked_bytes = 1 << 22;

Check read_csv(const std::string& bytes) { return read_table(bytes, {.unpacked_bytes = unpacked_bytes}); }

// The first two bytes say how the others are read.
Check read_csv_options(const std::string& bytes) {
  if (bytes.size() < 2) return nothing_more();
  const unsigned how = static_cast<unsigned char>(bytes[0]), more = static_cast<unsigned char>(bytes[1]);
  CsvOptions options;
  options.missing = static_cast<CsvOptions::Missing>(how & 3);
  options.header = static_cast<CsvHeader>((how >> 2 & 3) % 3);
  options.labels = static_cast<CsvOptions::Labels>((how >> 4 & 3) % 3);
  options.unknown_as_zeros = (how & 0x40) != 0;
  if ((more & 1) != 0) options.label = (more & 2) != 0 ? "2" : "1";
  if ((more & 4) != 0) options.categories = {"1"};
  if ((more & 8) != 0) options.one_hot_limit = 3;
  if ((more & 16) != 0) options.leave_out = {"3"};
  options.unpacked_bytes = unpacked_bytes;
  return read_table(bytes.substr(2), options);
}

// What is known of a column, of a cell of the row that is read, and the value that a cell becomes.
std::uint64_t beside_table(const std::string& bytes) {
  const std::string text = unpacked(bytes);
  const auto count = [](const std::string& some) {
    return static_cast<std::uint64_t>(
        std::count_if(some.begin(), some.end(), [](char c) { return std::string_view(",;\t|\n\r").find(c) < 6; }));
  };
  return 700 * (1 + count(text.substr(0, text.find('\n')))) + (24 + 3 * sizeof(real)) * count(text);
}

Check read_table_format(const std::string& bytes) {
  auto format = std::make_shared<TableFormat>(TableFormat::from_text(bytes, "the file"));
  return [format] { require(TableFormat::from_text(format->text(), "the file") == *format, "a table format does not come back"); };
}

}  // namespace

std::vector<Format> data_formats() {
  return {{"cifar10", read_cifar10, "/", packed_again},
          {"cifar100", read_cifar100, "/", packed_again},
          {"class_names", read_class_names, "/", packed_again},
          {"csv", read_csv, memory_place, nullptr, beside_table},
          {"csv_options", read_csv_options, "", nullptr, beside_table},
          {"table_format", read_table_format, "the file", nullptr, beside_json}};
}

}  // namespace cambium_tests
