#include "tests/hostile/files.h"

#include <zlib.h>

#include <stdexcept>

#include "tests/data/npy_files.h"
#include "tests/data/picture_files.h"
#include "tests/data/zip_files.h"
#include "tests/hostile/model_files.h"
#include "tests/hostile/repair.h"

namespace cambium_tests {
namespace {

// `text` as a part of a stream of deflate that can stand anywhere in one, and any number of times.
std::string deflate_part(const std::string& text) {
  z_stream stream = {};
  if (deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK) throw std::runtime_error("no packer");
  std::string out(deflateBound(&stream, static_cast<uLong>(text.size())) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data())), stream.avail_in = static_cast<unsigned>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data()), stream.avail_out = static_cast<unsigned>(out.size());
  deflate(&stream, Z_FULL_FLUSH);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  return out;
}

std::string idx_file(char type, const std::string& sizes, const std::string& values) {
  return std::string("\0\0", 2) + type + static_cast<char>(sizes.size() / 4) + sizes + values;
}

std::vector<std::string> good_arrays(const std::string& format) {
  const std::string bytes = idx_file('\x08', std::string("\0\0\0\2\0\0\0\3", 8), "abcdef"),
                    doubles = idx_file('\x0e', std::string("\0\0\0\2", 4), std::string(16, '\x40'));
  if (format == "idx")
    return {bytes, doubles, gzip_of(bytes), gzip_of(idx_file('\x0d', std::string("\0\0\0\5", 4), std::string(20, '?')))};
  const std::string npy = npy_bytes(literal("<f4", "(2, 3)"), std::string(24, '\1')), one = npy_bytes(literal("|b1", "()"), "\1"),
                    turned = npy_bytes(literal(">i2", "(3,)"), "abcdef", 2), none = npy_bytes(literal("<f8", "(0, 4)"), "");
  if (format == "npy") return {npy, one, turned, none, gzip_of(npy)};
  return {zip_bytes({{.name = "x.npy", .bytes = npy}, {.name = "y.npy", .bytes = turned, .packed = true}}),
          zip_bytes({{.name = "a/b.npy", .bytes = one}, {.name = "caf\xc3\xa9.npy", .bytes = none}}), zip_bytes({})};
}

std::vector<std::string> good_data(const std::string& format) {
  const std::string pixels(3072, '\x7f');
  std::string names;
  for (int i = 0; i < 10; ++i) names += "name " + std::to_string(i) + "\n";
  if (format == "cifar10") return {"\1" + pixels + "\2" + pixels, gzip_of("\3" + pixels)};
  if (format == "cifar100") return {"\1\2" + pixels, gzip_of("\3\4" + pixels)};
  if (format == "class_names") return {names};
  const std::vector<std::string> tables = {"a,b,c\n1,2,x\n3,4.5,y\n-1e-3,7,x\n", "1;2\r\n3;4\r\n",
                                           "\"a \"\"b\"\"\"\tc\n1\t2\n\"5\"\t3\n", "x,kind\n1,ant\n2,bee\n3,ant\n4,caf\xc3\xa9\n",
                                           gzip_of("a|b\n1|2\n3|4\n")};
  if (format == "csv") return tables;
  if (format == "csv_options") {
    std::vector<std::string> all;
    for (const char* how : {"\2\2", "\2\4", "\x43\x0b"})
      all.push_back(how + std::string("a,b,c\n1,2,x\n,4.5,y\n1,NA,x\n1,2,y\n1,3,x\n"));
    for (const std::string& table : tables) all.push_back("\1\4" + table);
    return all;
  }
  return {table_format_text()};
}

std::vector<std::string> good_pictures() {
  std::vector<std::string> all = {JpegFile{3, 9, 9, slope(9, 9, 3)}.bytes(), JpegFile{1, 9, 9, slope(9, 9, 1)}.bytes(),
                                  JpegFile{3, 17, 9, slope(17, 9, 3), false, true}.bytes()};
  for (const int color : {0, 2, 3, 4, 6})
    for (const bool interlaced : {false, true})
      all.push_back(some_png(color, color == 3 ? 4 : interlaced ? 16 : 8, 9, 5, interlaced, color <= 3, 1).bytes());
  all.push_back(some_png(0, 1, 9, 5, false, false, 1).bytes());
  for (const bool low_first : {false, true})  // seen in other sizes than those that are stored
    all.push_back(with_app1(JpegFile{3, 17, 9, slope(17, 9, 3)}.bytes(),
                            Exif{.orientation = 6, .low_first = low_first, .before = 1, .after = 1}.bytes()));
  return all;
}

std::vector<std::string> good_models(const std::string& format) {
  const std::string tensors = "{\"__metadata__\":{\"k\":\"v\"}," + tensor_text("w", "F32", "2,3", "0,24") + "," +
                              tensor_text("b", "U8", "3", "24,27") + "," + tensor_text("s", "BF16", "", "27,29") + "}";
  if (format == "safetensors") return {safetensors_of(tensors, 29), safetensors_of("{}"), weights_bytes()};
  if (format == "weights") return {weights_bytes()};
  if (format == "checkpoint") return {checkpoint_bytes()};
  if (format == "description") return {description_text()};
  return {
      "conv 16 k5, batch_norm, affine, relu, pool 2, flatten, dense 10",
      "batch_norm for_input, 2x(conv 8 k3 pad=same no_bias, bn momentum=0.2, affine per=element, relu), avg_pool, head: dense 10",
      "pool 2x3 stride=1, online_norm alpha=0.9 start=cold, tanh, flatten, dropout 0.3, dense 4 with rate=0.5 l2=1e-4 as out",
      "flatten, batch_renorm r_max=[5000: 1, 40000: 3], streaming_norm forward=[0.5, 0.5, 0], dense 3 init=uniform(0.05)"};
}

}  // namespace

std::string gzip_bomb(const std::string& start, const std::string& part, int times) {
  std::string file("\x1f\x8b\x08\0\0\0\0\0\0\3", 10);
  const std::string again = deflate_part(part);
  if (!start.empty()) file += deflate_part(start);
  for (int i = 0; i < times; ++i) file += again;
  return file + std::string("\3\0", 2) + std::string(8, '\0');
}

const std::vector<HostileFiles>& hostile_files() {
  static const std::vector<HostileFiles> all = {
      hostile_idx(),         hostile_npy(),     hostile_npz(),           hostile_cifar10(),      hostile_cifar100(),
      hostile_class_names(), hostile_csv(),     hostile_table_formats(), hostile_pictures(),     hostile_image_folders(),
      hostile_safetensors(), hostile_weights(), hostile_checkpoints(),   hostile_descriptions(), hostile_lines()};
  return all;
}

std::vector<std::string> good_files(const std::string& format) {
  if (format == "idx" || format == "npy" || format == "npz") return good_arrays(format);
  if (format == "picture" || format == "image_folder") return good_pictures();
  const bool data = format.starts_with("cifar") || format.starts_with("csv") || format == "class_names" || format == "table_format";
  return data ? good_data(format) : good_models(format);
}

}  // namespace cambium_tests
