// Pictures, alone and in folders.
#include "tests/data/picture_files.h"

#include <string>
#include <utility>

#include "tests/hostile/files.h"
#include "tests/hostile/repair.h"

namespace cambium_tests {
namespace {

// The frame header of a JPEG with something put into it.
std::string jpeg_with(std::size_t at, const std::string& bytes,
                      const std::string& file = JpegFile{1, 9, 9, slope(9, 9, 1)}.bytes()) {
  const std::size_t frame = file.find("\xff\xc0");
  return std::string(file).replace(frame + at, bytes.size(), bytes);
}

using Rows = std::vector<std::pair<std::string, const char*>>;

Rows wrong_headers() {
  const auto big_promise = png_header(2000, 2000, 8, 2) + png_chunk("IDAT", "");
  return {
      {"", "is empty"},
      {"GIF89a and more bytes", "begins with 47 49 46 38 (GIF): PNG files begin with 89 50 4e 47"},
      {"BM6 and more bytes", "(BMP)"},
      {std::string("RIFF\0\0\0\0WEBPVP8 ", 16), "(WebP)"},
      {std::string("II*\0 and more bytes", 19), "(TIFF)"},
      {std::string("\0\0\0\x18"
                   "ftypheic",
                   12),
       "(HEIC, AVIF or video)"},
      {"<!DOCTYPE html>", "(a web page, or SVG)"},
      {"\x1f\x8b packed bytes", "(packed by gzip)"},
      {"\x01\x02", "begins with 01 02: "},
      {"\x89PNG\n\n\x1a\n and more than 33 bytes of a file", "the signature of PNG is damaged"},
      {std::string("\x89PNG\r\n\x1a\n", 8) + png_chunk("IDAT", std::string(40, 'x')), "its header is damaged"},
      {png_header(3, 3, 8, 2).replace(17, 1, "\x7f"), "or its checksum is wrong"},
      {png_header(0, 3, 8, 2), "0 x 3 pixels"},
      {png_header(3, 0x80000000u, 8, 2), "3 x 2147483648 pixels"},
      {png_header(3, 3, 8, 5), "colour type 5 with 8 bits"},
      {png_header(3, 3, 3, 0), "colour type 0 with 3 bits"},
      {png_header(100001, 1000, 1, 0), "100001 x 1000 pixels (width x height), and 4194304 pixels are allowed"},
      {png_header(0x7fffffff, 0x7fffffff, 8, 2), "are allowed"},
      {big_promise, "promises 2000 x 2000 pixels (width x height), and a file of 45 bytes cannot hold them"},
      {png_header(3, 3, 8, 2).substr(0, 20), "ends inside its header, after 20 bytes"},
      {"\xff\xd8\xff", "ends inside its header"},
      {"\xff\xd8\xffz and more", "marker ff 7a comes before the sizes"},
      {std::string("\xff\xd8\xff\xe0\0\4xxyyyy and more", 20), "byte 8 of the file is 79, where ff and a marker must be"},
      {std::string("\xff\xd8\xff\xe0\0\1xx and more", 17), "marker ff e0 comes before the sizes"},
      {std::string("\xff\xd8\xff\xda\0\4xx and more", 17), "marker ff da comes before the sizes"},
      {jpeg_with(1, "\xc3"), "lossless or hierarchical JPEG"},
      {jpeg_with(1, "\xc9"), "JPEG with arithmetic coding"},
      {jpeg_with(4, "\x0c"), "JPEG of 12 bits a sample"},
      {jpeg_with(9, "\x02"), "JPEG of 2 channels"},
      {jpeg_with(5, std::string("\0\0", 2)), "9 x 0 pixels"},
      {jpeg_with(5, "\x7f\xff\x7f\xff"), "are allowed"},
      {jpeg_with(5, "\x07\x20\x07\x20"), "cannot hold them"},
      {JpegFile{4, 9, 9, slope(9, 9, 4)}.bytes(), "CMYK"},
  };
}

Rows wrong_data() {
  const PngFile palette = some_png(3, 8, 4, 4, false, false, 1);
  PngFile beyond = palette, no_palette = palette, bad_chunk = palette, two = palette;
  beyond.samples[5] = 7;
  no_palette.palette = "";
  bad_chunk.before_data = png_chunk("tEXt", "a\0b");
  bad_chunk.before_data.back() ^= 1;
  two.before_data = png_header(5, 5, 8, 3).substr(8);
  const std::string jpeg = JpegFile{1, 9, 9, slope(9, 9, 1)}.bytes(),
                    progressive = JpegFile{1, 9, 9, slope(9, 9, 1), true, true}.bytes();
  const std::string end = "\xff\xd9", scan = progressive.substr(progressive.rfind("\xff\xda"));
  std::string scans = progressive.substr(0, progressive.size() - 2);
  for (int i = 0; i < 200; ++i) scans += scan.substr(0, scan.size() - 2);
  std::string garbage = jpeg;
  garbage.insert(garbage.size() - 2, "\xff\x02zz");
  return {
      {beyond.bytes(), "a colour that is not in its palette"},
      {no_palette.bytes(), "its PNG data is damaged"},
      {bad_chunk.bytes(), "CRC error"},
      {two.bytes(), "its PNG data is damaged"},
      {palette.bytes_of(palette.rows().substr(0, 15)), "its PNG data is damaged"},
      {palette.bytes_of(palette.rows() + "more"), "its PNG data is damaged"},
      {palette.bytes_of("\x09" + palette.rows().substr(1)), "its PNG data is damaged"},
      {palette.bytes().substr(0, palette.bytes().size() - 12), "it is cut off"},
      {png_header(3, 3, 8, 0) + png_chunk("IDAT", "no zlib data") + png_chunk("IEND", ""), "its PNG data is damaged"},
      {jpeg.substr(0, jpeg.size() - 2), "its JPEG data is damaged (Premature end of JPEG file)"},
      {jpeg.substr(0, jpeg.size() - 12) + end, "its JPEG data is damaged"},
      {garbage, "its JPEG data is damaged"},
      {jpeg.substr(0, 2) + jpeg.substr(jpeg.find("\xff\xc0")), "its JPEG data is damaged"},  // without its quantization table
      {scans + end, "its JPEG data is damaged"},
  };
}

constexpr std::int64_t megabyte = 1 << 20;

// Large promises in files that could hold them, as far as anybody can tell by their length.
std::vector<HostileFile> promises() {
  const std::string noise = std::string(60000, '\0'), jpeg = JpegFile{3, 16, 16, slope(16, 16, 3), true}.bytes(),
                    progressive = JpegFile{3, 16, 16, slope(16, 16, 3), true, true}.bytes();
  const auto png = [&](std::uint32_t width, std::uint32_t height, int depth, int color, bool interlaced) {
    std::string header = png_header(width, height, depth, color);
    if (interlaced) header[28] = 1, header = repaired_png(header);
    return header + png_chunk("IDAT", std::string("x\x9c\3\0\0\0\0\1", 8)) + png_chunk("IEND", "") + noise;
  };
  const auto larger = [&](const std::string& file, const char* frame) {
    std::string other = file;
    other.replace(other.find(frame) + 5, 4, "\x07\xd0\x07\xd0");
    return other.insert(other.size() - 2, noise);
  };
  return {
      {png(2000, 2000, 8, 2, false), "and its data unpacks to 0", "a PNG of 12 MB that holds none of them", megabyte},
      {png(2000, 2000, 8, 0, true), "and its data unpacks to 0", "the same in gray, interlaced", megabyte},
      {png(2000, 2000, 16, 6, true), "and its data unpacks to 0", "a PNG of 32 MB that holds none of them", megabyte},
      {png(4000000, 1, 8, 0, false), "and its data unpacks to 0", "a PNG of one long row", megabyte},
      {png(2000, 2000, 1, 3, false), "which are 502000 bytes, and its data unpacks to 0", "a PNG of 4 million pixels in bits",
       megabyte},
      {larger(jpeg, "\xff\xc0"), "its JPEG data is damaged", "a JPEG of 12 MB that holds a few squares", 2 * megabyte},
      {larger(progressive, "\xff\xc2"), "its JPEG data is damaged", "the same, progressive: places for what it promises",
       26 * megabyte},
  };
}

}  // namespace

HostileFiles hostile_pictures() {
  HostileFiles all = {"picture", {}};
  for (const Rows& rows : {wrong_headers(), wrong_data()})
    for (const auto& [bytes, says] : rows) all.files.push_back({bytes, says});
  for (const HostileFile& file : promises()) all.files.push_back(file);
  return all;
}

HostileFiles hostile_image_folders() {
  const std::string png = some_png(2, 8, 6, 5, false, false, 1).bytes(), jpeg = JpegFile{1, 9, 9, slope(9, 9, 1)}.bytes();
  return {"image_folder",
          {{"", "class/1.png: is empty"},
           {png.substr(0, 30), "class/1.png: ends inside its header"},
           {png.substr(0, png.size() - 13), "class/1.png: its PNG data is damaged (it is cut off)", "a PNG that is cut off"},
           {jpeg.substr(0, jpeg.size() - 2), "class/1.png: its JPEG data is damaged", "a JPEG without its end"},
           {"GIF89a and more bytes", "class/1.png: begins with 47 49 46 38 (GIF)"},
           {png_header(100001, 1000, 1, 0), "class/1.png: 100001 x 1000 pixels"}}};
}

}  // namespace cambium_tests
