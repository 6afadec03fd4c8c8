// Arrays of numpy, alone and in archives.
#include <optional>
#include <string>
#include <utility>

#include "tests/data/npy_files.h"
#include "tests/data/zip_files.h"
#include "tests/hostile/files.h"
#include "tests/hostile/repair.h"

namespace cambium_tests {
namespace {

using Rows = std::vector<std::pair<std::string, const char*>>;

constexpr std::int64_t megabyte = 1 << 20;

Rows types() {
  return {{"|O", "holds Python objects, which only a program in the file could make ('|O')"},
          {"<U5", "holds text ('<U5')"},
          {"|S12", "holds text ('|S12')"},
          {"|V8", "holds records or raw bytes ('|V8')"},
          {"<c8", "holds complex numbers ('<c8')"},
          {"<M8[ns]", "holds dates ('<M8[ns]')"},
          {"<m8[s]", "holds spans of time ('<m8[s]')"},
          {"<f2",
           "holds numbers of another type ('<f2'); u1 i1 i2 u2 i4 u4 i8 f4 f8 and b1 can be read; try numbers: np.save(path, "
           "x.astype(np.float32))"},
          {"<f16", "numbers of another type ('<f16')"},
          {"<u8", "numbers of another type ('<u8')"},
          {"=f4", "numbers of another type ('=f4')"},
          {"|f4", "numbers of another type ('|f4')"},
          {"f4", "numbers of another type ('f4')"},
          {"<f", "numbers of another type ('<f')"},
          {"<f4 ", "numbers of another type ('<f4 ')"},
          {"", "numbers of another type ('')"},
          {"<\x1b[31mred", "numbers of another type ('<\\x1b[31mred')"},
          {std::string(60000, 'q'), "numbers of another type ('qqqqqqqqqqqqqqqqq...')"}};
}

Rows headers() {
  return {{"", "its header is not what numpy writes: its end stands at byte 0 of 0, where a dictionary should"},
          {"[]", "'[]' stands at byte 0 of 2, where a dictionary should"},
          {"{", "its end stands at byte 1 of 1, where a name in quotes should"},
          {"{}", "its header has no 'descr'"},
          {"{'descr': '<f4', 'fortran_order': False, }", "its header has no 'shape'"},
          {"{'descr': '<f4', 'shape': (1,), }", "its header has no 'fortran_order'"},
          {"{'descr': '<f4', 'descr': '<f4', }", "its header has 'descr' twice"},
          {"{'color': 'red'}", "its header has 'color', which the format has not"},
          {"{descr: '<f4'}", "stands at byte 1 of 14, where a name in quotes should"},
          {"{'descr' '<f4'}", "where a colon should"},
          {"{'descr': '<f4' 'shape': (1,)}", "where a comma should"},
          {"{'descr': '<f4',, }", "where a name in quotes should"},
          {"{,}", "where a name in quotes should"},
          {"{'descr': '<f4}", "where a text in quotes should"},
          {"{'descr': '<f4\"}", "where a text in quotes should"},
          {"{'descr': '\\x3cf4'}", "where a text in quotes should"},
          {"{'descr': '<f\n4'}", "where a text in quotes should"},
          {"{'descr': 4}", "where a type in quotes should"},
          {"{'descr': None}", "where a type in quotes should"},
          {"{'descr': ('<f4', (2,))}", "where a type in quotes should"},
          {"{'fortran_order': 0}", "'0}' stands at byte 18 of 20, where True or False should"},
          {"{'fortran_order': false}", "where True or False should"},
          {"{'fortran_order': Falsehood}", "'hood}' stands at byte 23 of 28, where a comma should"},
          {"{'shape': 3}", "where a tuple of sizes should"},
          {"{'shape': [3]}", "where a tuple of sizes should"},
          {"{'shape': (3)}", "where a comma, as in (3,), should"},
          {"{'shape': (,)}", "where a size should"},
          {"{'shape': (3,,4)}", "where a size should"},
          {"{'shape': (3 4)}", "where a comma, as in (3,), should"},
          {"{'shape': (2, 3 4)}", "where a comma should"},
          {"{'shape': (-3,)}", "'-3,)}' stands at byte 11 of 16, where a size should"},
          {"{'shape': (+3,)}", "where a size should"},
          {"{'shape': (03,)}", "where a size should"},
          {"{'shape': (3.0,)}", "where a comma, as in (3,), should"},
          {"{'shape': (3LL,)}", "where a comma, as in (3,), should"},
          {"{'shape': (0x3,)}", "where a comma, as in (3,), should"},
          {"{'shape': (9223372036854775808,)}", "where a size below 2^63 should"},
          {"{'shape': (" + std::string(5000, '9') + ",)}", "where a size below 2^63 should"},
          {"{'shape': ((((((", "where a size should"},
          {"{'shape': (3,", "its end stands at byte 13 of 13, where a size should"},
          {literal("<f4", "(1,)") + "x", "'x' stands at byte 57 of 58, where nothing more should"},
          {literal("<f4", "(1,)") + std::string(1, '\0'), "where nothing more should"},
          {literal("<f4", "(" + std::string(65, '1') + ")"), "where a size below 2^63 should"},
          {std::string(60000, '{'), "where a name in quotes should"}};
}

Rows sizes_and_values() {
  std::string ones;
  for (int i = 0; i < 33; ++i) ones += "1, ";
  const auto of = [](const char* sizes, const std::string& values) { return npy_bytes(literal("<f8", sizes), values); };
  return {
      {of("(9223372036854775807,)", "12345678"), "promises 9223372036854775807 values of 8 bytes, and "},
      {of("(4294967296, 4294967296)", ""), "promises 4294967296x4294967296 values"},  // 2^64, which a product takes for 0
      {of("(4294967296, 4294967296, 0)", ""), "promises 4294967296x4294967296x0 values"},
      {of("(0, 4294967296, 4294967296)", ""), "promises 0x4294967296x4294967296 values"},
      {of("(2305843009213693952,)", ""), "cannot hold them"},  // 2^64 bytes
      {of("(2,)", "123456789012345"), "cannot hold them"},
      {of("(2,)", "12345678901234567"), ": 1 too many"},
      {of("(0,)", "1"), ": 1 too many"},
      {of(("(" + ones + ")").c_str(), "12345678"), "has more than 32 sizes"},
      {npy_bytes("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }", std::string(24, '\0')),
       "holds 2x3 values in Fortran order, the first size fastest, and C order is needed; try np.save(path, "
       "np.ascontiguousarray(x))"},
      {npy_bytes("{'descr': [('a', '<f4'), ('b', '<i4')], 'fortran_order': False, 'shape': (1,), }", "12345678"),
       "holds records of several fields"},
  };
}

Rows starts() {
  using namespace std::string_literals;
  return {
      {"", "0 bytes are no .npy file"},
      {"\x93NUMPY\1", "7 bytes are no .npy file"},
      {"\x93NUMPX\1\0v\0"s, "begins with bytes 93 4e"},
      {"PK\x03\x04 and more", "is a zip archive, as numpy.savez makes them, and one array is needed"},
      {"no array", "begins with bytes 6e 6f: .npy files begin with 93 4e"},
      {"\x93NUMPY\1\1v\0"s, "is of version 1.1: 1.0, 2.0 and 3.0 can be read"},
      {"\x93NUMPY\4\0v\0"s, "is of version 4.0"},
      {"\x93NUMPY\0\0v\0"s, "is of version 0.0"},
      {"\x93NUMPY\1\0v"s, "ends inside its header"},
      {"\x93NUMPY\1\0v\0{"s, "ends inside its header"},
      {"\x93NUMPY\2\0v\0\0"s, "ends inside its header"},
      {"\x93NUMPY\2\0\xff\xff\xff\xff{"s, "has a header of 4294967295 bytes, and that of an array of numbers has at most 65536"},
  };
}

}  // namespace

HostileFiles hostile_npy() {
  HostileFiles all = {"npy", {}};
  for (const auto& [type, says] : types()) all.files.push_back({npy_bytes(literal(type, "(1,)"), std::string(64, '\0')), says});
  for (const auto& [header, says] : headers()) all.files.push_back({npy_bytes(header, "1234"), says});
  for (const Rows& rows : {sizes_and_values(), starts()})
    for (const auto& [bytes, says] : rows) all.files.push_back({bytes, says});
  const std::string whole = npy_bytes(literal("|u1", "(3,)"), "abc"), zeros(1 << 20, '\0');
  const std::vector<HostileFile> packed = {
      {gzip_of(npy_bytes(literal("|u1", "(2147483647,)"), "12")), "which is all that can be packed in it, cannot hold them",
       "gzip that cannot hold so much"},
      {gzip_of(whole + "d"), "goes on after the 3 values", "gzip of one value too many"},
      {gzip_of(whole).substr(0, 40), "its gzip data is cut off", "gzip that is cut off"},
      {gzip_of(gzip_of(whole)), "begins with bytes 1f 8b", "gzip in gzip"},
      {gzip_bomb(whole, zeros, 1000), "goes on after the 3 values", "a gigabyte of zeros behind three values", megabyte},
      {gzip_bomb(npy_bytes(literal("|u1", "(2000000000,)"), ""), zeros, 2000), "16777216 bytes are allowed",
       "two gigabytes of zeros, as the header says", megabyte},
      {gzip_bomb(npy_bytes(literal("<f8", "(2097152,)"), ""), zeros, 1000), "goes on after the 2097152 values",
       "a gigabyte of zeros behind 16 MB of them", 33 * megabyte},
      {gzip_of(npy_bytes(literal("<f8", "(2097152,)"), noise(30000))), "ends after 30000 of 16777216 bytes",
       "gzip that holds less than it could", megabyte},
  };
  all.files.insert(all.files.end(), packed.begin(), packed.end());
  return all;
}

// ------------------------------------------------------------------------------------------------------------- archives

namespace {

// Three bytes in a file of one size.
std::string three(const std::string& values = "abc") { return npy_bytes(literal("|u1", "(3,)"), values); }

Rows names() {
  return {{"", "the name of member 0, '', is empty"},
          {"a\nb.npy", "'a\\x0ab.npy', is longer than 1000 columns, not UTF-8, or"},
          {"\x1b[2J.npy", "'\\x1b[2J.npy'"},
          {"\xff.npy", "'\\xff.npy'"},
          {"a\\b.npy", "'a\\\\b.npy'"},
          {"\u202egnp.npy", "'\\u{202e}gnp.npy'"},
          {std::string(1001, 'a'), "is longer than 1000 columns"},
          {std::string(65535, 'a'), "is longer than 1000 columns"},
          {".npy", "its name is not that of an array"},
          {"a.NPY", "its name is not that of an array"}};
}

// What the directory says of one member.
std::vector<std::pair<ZipEntry, const char*>> claims() {
  const std::string whole = three();
  const std::uint64_t n = whole.size();
  const std::string promises = npy_bytes(literal("|u1", "(2000,)"), std::string(1000, '\0'));
  return {
      {{.name = "a.npy", .bytes = whole, .size = n + 1}, "cannot have "},
      {{.name = "a.npy", .bytes = whole, .packed_size = n - 1}, "cannot have "},
      {{.name = "a.npy", .bytes = whole, .size = n + 1000, .packed_size = n + 1000}, "cannot have "},
      {{.name = "a.npy", .bytes = whole, .size = n - 1, .packed_size = n - 1}, "promises 3 values of 1 bytes, and "},
      {{.name = "a.npy", .bytes = whole + "d"}, ": 1 too many"},
      {{.name = "a.npy", .bytes = whole, .crc = 7}, "is damaged or cut off (CRC error)"},
      {{.name = "a.npy", .bytes = whole, .packed = true, .crc = 7}, "is damaged or cut off (CRC error)"},
      {{.name = "a.npy", .bytes = whole, .packed = true, .size = n + 1}, ": 1 too many"},
      {{.name = "a.npy", .bytes = whole, .packed = true, .size = n - 1}, "promises 3 values of 1 bytes, and "},
      {{.name = "a.npy", .bytes = whole, .packed = true, .size = 4000000000}, "unpacks to 4000000000 bytes or more from "},
      {{.name = "a.npy", .bytes = whole, .packed = true, .size = 10000000}, "cannot have 10000000 bytes, of which "},
      {{.name = "a.npy", .bytes = whole, .packed = true, .packed_size = 20}, "is damaged or cut off (CRC error)"},
      {{.name = "a.npy", .bytes = whole, .method = 8}, "is damaged or cut off (CRC error)"},
      {{.name = "a.npy", .bytes = whole, .method = 0xffff}, "is packed by method 65535"},
      {{.name = "a.npy", .bytes = whole, .flags = 1 | 1 << 6}, "is encrypted"},
      {{.name = "a.npy", .bytes = ""}, "0 bytes are no .npy file"},
      {{.name = "a.npy", .bytes = "no array"}, "begins with bytes 6e 6f"},
      {{.name = "a.npy", .bytes = promises, .packed = true, .size = promises.size() + 1000}, "ends after 1000 of 2000 bytes"},
      {{.name = "a.npy", .bytes = npy_bytes(literal("|O", "(3,)"), "abc")}, "member 'a.npy': holds Python objects"},
      {{.name = "a.npy", .bytes = gzip_of(whole)}, "member 'a.npy': begins with bytes 1f 8b"},
  };
}

// An archive of one member whose directory says by the fields of zip64 that it has so many, in so many bytes.
std::string large_directory(std::uint64_t members, std::optional<std::uint64_t> bytes = {}) {
  const std::string file = zip_bytes({{.name = "a.npy", .bytes = three()}}), start = file.substr(0, file.size() - 22);
  const std::uint64_t offset = start.find("PK\1\2");
  return start + "PK\6\6" + low_first(44, 8) + low_first(45, 2) + low_first(45, 2) + low_first(0, 8) + low_first(members, 8) +
         low_first(members, 8) + low_first(bytes.value_or(start.size() - offset), 8) + low_first(offset, 8) + "PK\6\7" +
         low_first(0, 4) + low_first(start.size(), 8) + low_first(1, 4) + "PK\5\6" + low_first(0, 4) + low_first(0xffff, 2) +
         low_first(0xffff, 2) + low_first(0xffffffff, 4) + low_first(0xffffffff, 4) + low_first(0, 2);
}

// A hundred members whose bytes are the same in the file.
std::string one_body(int members, std::size_t bytes) {
  std::vector<ZipEntry> entries = {
      {.name = "0.npy",
       .bytes = npy_bytes(literal("|u1", "(" + std::to_string(bytes) + ",)"), std::string(bytes, '\0')),
       .packed = true}};
  for (int i = 1; i < members; ++i) {
    ZipEntry entry = entries[0];
    entry.name = std::to_string(i) + ".npy", entry.offset = 0;
    entries.push_back(entry);
  }
  return zip_bytes(entries);
}

}  // namespace

HostileFiles hostile_npz() {
  HostileFiles all = {"npz", {}};
  for (const auto& [name, says] : names()) all.files.push_back({zip_bytes({{.name = name, .bytes = three()}}), says});
  for (const auto& [entry, says] : claims()) all.files.push_back({zip_bytes({entry}), says, "an archive"});
  const std::string good = zip_bytes({{.name = "a.npy", .bytes = three()}});
  std::string far = good, lengthy = good;
  far.replace(far.size() - 6, 4, low_first(0xfffffff0, 4)), lengthy.replace(lengthy.size() - 2, 2, low_first(9, 2));
  const std::string larger = npy_bytes(literal("|u1", "(16000000,)"), noise(30000));
  const std::vector<HostileFile> files = {
      {large_directory(1, 0xffffffffffffffff), "is cut off, damaged or no zip archive", "a directory that ends nowhere", megabyte},
      {large_directory(std::uint64_t{1} << 24), "is cut off, damaged or no zip archive",
       "a directory of 16 million members in a few bytes", megabyte},
      {large_directory(std::uint64_t{1} << 58), "is cut off, damaged or no zip archive",
       "a directory of 2^58 members in a few bytes", megabyte},
      {"", "0 bytes are no zip archive"},
      {"P", "1 bytes are no zip archive"},
      {"no archive", "begins with bytes 6e 6f"},
      {three(), "is an .npy file of one array"},
      {good.substr(0, good.size() - 1), "is cut off, damaged or no zip archive", "an archive without its last byte"},
      {good.substr(0, good.size() / 2), "is cut off, damaged or no zip archive", "half an archive"},
      {far, "is cut off, damaged or no zip archive", "a directory behind the end of the file"},
      {lengthy, "is cut off, damaged or no zip archive", "a comment that is not there"},
      {zip_bytes({{.name = "a.npy", .bytes = three()}}, 2), "(Zip archive inconsistent)",
       "a directory of one member that should have two"},
      {zip_bytes({{.name = "a.npy", .bytes = three()}}, 65535), "is cut off, damaged or no zip archive",
       "a directory of one member that should have many"},
      {zip_bytes({{.name = "a.npy", .bytes = three()}, {.name = "a.npy"}}), "two members are called 'a.npy'", "a name twice"},
      {zip_bytes({{.name = "a.npy", .bytes = three()}, {.name = "b.npy", .bytes = three(), .offset = 3}}),
       "member 'b.npy': is damaged or cut off (", "a member inside another"},
      {one_body(100, 1000000), "unpacks to ", "a hundred members with the same bytes", megabyte},
      {zip_bytes({{.name = "a.npy", .bytes = larger, .packed = true, .size = larger.size() + 15970000}}),
       "ends after 30000 of 16000000 bytes", "a member of 16 MB in 30 KB", megabyte},
      {zip_bytes({{.name = "a.npy", .bytes = larger, .packed = true, .size = 30000}}),
       "promises 16000000 values of 1 bytes, and 30000 bytes", "an array larger than its member", megabyte},
  };
  all.files.insert(all.files.end(), files.begin(), files.end());
  return all;
}

}  // namespace cambium_tests
