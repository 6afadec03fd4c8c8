// .npz files: several arrays under names, as numpy.savez keeps them.
#pragma once

#include <span>

#include "cambium/framework/data/npy.h"

namespace cambium {

struct NamedArray {
  std::string name;  // in the archive it ends in ".npy", here it does not
  NpyArray array;
};

// Reads all arrays of an .npz file, a zip archive of .npy files, stored or packed (deflate), zip64 too, in the order of its
// directory. See framework/data/npy.h for the arrays themselves.
//
// What the directory says is checked before anything is unpacked: the bytes of all members that are read together are at most as
// many as the file has, or the limit where that is more; a member's header must promise what the directory promises, and so many
// bytes with their checksum must come. Errors name the file and the member: no zip archive, cut off or damaged, a member that
// is encrypted or packed in another way, a name that is empty, used twice, longer than 1000 columns or not printable, a member that
// is no .npy file, and all errors of such a file.
std::vector<NamedArray> read_npz(const std::string& path, const NpyLimits& limits = {});

// One array; no other is unpacked or needs to be readable. Error with the names that there are.
NpyArray read_npz(const std::string& path, const std::string& name, const NpyLimits& limits = {});

// What is in the archive, by the headers of its members; the values are not looked at.
struct NamedHeader {
  std::string name;
  NpyHeader header;
};
std::vector<NamedHeader> read_npz_headers(const std::string& path);
NpyHeader read_npz_header(const std::string& path, const std::string& name);

// Writes them in this order, not packed, whole or not at all. Errors: a name that read_npz would refuse; those of write_npy.
void write_npz(const std::string& path, std::span<const NamedArray> arrays);

}  // namespace cambium
