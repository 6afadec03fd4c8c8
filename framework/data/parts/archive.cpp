#include "cambium/framework/data/parts/archive.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <set>
#include <system_error>
#include <utility>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/files/input_file.h"

namespace cambium {
namespace {

constexpr const char* another_copy = "getting the file again";

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using OpenFile = std::unique_ptr<std::FILE, CloseFile>;

// A zip archive is read to and fro, which InputFile does not do; but it says what is wrong with the path.
OpenFile open_regular(const std::string& path, std::uint64_t& size) {
  const InputFile checked(path);
  const int handle = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  OpenFile file(handle < 0 ? nullptr : fdopen(handle, "rb"));
  if (handle >= 0 && file == nullptr) ::close(handle);
  struct stat found = {};
  if (file == nullptr || fstat(handle, &found) != 0 || !S_ISREG(found.st_mode))
    throw Error(path + ": became another file while it was opened", "opening it again");
  size = static_cast<std::uint64_t>(found.st_size);
  return file;
}

// What the system said, or the library.
std::string text_of(const zip_error_t* error) {
  if (zip_error_system_type(error) == ZIP_ET_SYS && zip_error_code_system(error) != 0)
    return std::generic_category().message(zip_error_code_system(error));
  zip_error_t copy = *error;  // keeps its text in itself
  copy.str = nullptr;
  std::string text = zip_error_strerror(&copy);
  zip_error_fini(&copy);
  return text;
}

}  // namespace

struct Archive::Handle {
  ~Handle() {
    if (member != nullptr) zip_fclose(member);
    if (zip != nullptr) zip_discard(zip);
  }

  zip_t* zip = nullptr;
  zip_file_t* member = nullptr;
};

Archive::Archive(const std::string& path) : path_(path), handle_(std::make_unique<Handle>()) {
  OpenFile file = open_regular(path, file_size_);
  unsigned char start[2] = {};
  if (std::fread(start, 1, 2, file.get()) < 2)
    throw Error(fmt::format("{}: {} bytes are no zip archive", path, file_size_), another_copy);
  if (start[0] == 0x93 && start[1] == 'N')
    throw Error(path + ": is an .npy file of one array, and an .npz archive is needed", "what reads .npy files");
  if (start[0] != 'P' || start[1] != 'K')
    throw Error(fmt::format("{}: begins with bytes {:02x} {:02x}: .npz archives begin with 50 4b", path, start[0], start[1]),
                "an .npz file");
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_filep_create(file.get(), 0, 0, &error);
  if (source != nullptr) {
    static_cast<void>(file.release());  // the source closes it
    handle_->zip = zip_open_from_source(source, ZIP_RDONLY, &error);
    if (handle_->zip == nullptr) zip_source_free(source);
  }
  const std::string problem = handle_->zip == nullptr ? text_of(&error) : "";
  zip_error_fini(&error);
  if (handle_->zip == nullptr)
    throw Error(fmt::format("{}: is cut off, damaged or no zip archive ({})", path, problem), another_copy);
  read_directory();
}

Archive::~Archive() = default;

std::string Archive::name_of(const Member& member) const { return fmt::format("{}, member {}", path_, in_quotes(member.name)); }

void Archive::fail(const std::string& problem, const std::string& remedy) const {
  throw Error((open_ != nullptr ? name_of(*open_) : path_) + ": " + problem, remedy);
}

void Archive::read_directory() {
  std::set<std::string> names;
  for (zip_int64_t i = 0; i < zip_get_num_entries(handle_->zip, 0); ++i) {
    const auto number = static_cast<std::uint64_t>(i);
    zip_stat_t info = {};
    const char* raw = zip_get_name(handle_->zip, number, ZIP_FL_ENC_RAW);
    if (raw == nullptr || zip_stat_index(handle_->zip, number, 0, &info) != 0 || (info.valid & ZIP_STAT_SIZE) == 0)
      fail(fmt::format("its directory is damaged at member {}", number), another_copy);
    std::string name = raw;
    if (const std::string fault = member_name_fault(name); !fault.empty())
      fail(fmt::format("the name of member {}, {}, {}", number, in_quotes(name), fault), "another name");
    if (!names.insert(name).second) fail(fmt::format("two members are called {}", in_quotes(name)), "a name for each");
    members_.push_back({std::move(name), info.size, number});
  }
}

void Archive::open(const Member& member) {
  close_member();
  open_ = &member;
  zip_stat_t info = {};
  if (zip_stat_index(handle_->zip, member.number, 0, &info) != 0) fail("its entry in the directory is damaged", another_copy);
  if ((info.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 && info.encryption_method != ZIP_EM_NONE)
    fail("is encrypted", "an archive without a password");
  if (info.comp_method != ZIP_CM_STORE && info.comp_method != ZIP_CM_DEFLATE)
    fail(fmt::format("is packed by method {}; 0 (stored) and 8 (deflate) can be read", info.comp_method),
         "numpy.savez or numpy.savez_compressed");
  constexpr std::uint64_t most_per_byte = 1032;  // of deflate
  packed_ = info.comp_method != ZIP_CM_STORE;
  const bool possible = packed_ ? info.size / most_per_byte <= info.comp_size : info.size == info.comp_size;
  if (info.comp_size > file_size_ || !possible)
    fail(fmt::format("cannot have {} bytes, of which {} are in an archive of {}", info.size, info.comp_size, file_size_),
         another_copy);
  handle_->member = zip_fopen_index(handle_->zip, member.number, 0);
  if (handle_->member == nullptr)
    fail(fmt::format("is not where the directory has it ({})", text_of(zip_get_error(handle_->zip))), another_copy);
}

std::size_t Archive::read(void* to, std::size_t bytes) {
  for (std::size_t done = 0; done < bytes;) {
    const zip_int64_t got = zip_fread(handle_->member, static_cast<char*>(to) + done, bytes - done);
    if (got < 0) fail(fmt::format("is damaged or cut off ({})", text_of(zip_file_get_error(handle_->member))), another_copy);
    if (got == 0) return done;
    done += static_cast<std::size_t>(got);
  }
  return bytes;
}

void Archive::close_member() {
  if (handle_->member != nullptr) zip_fclose(std::exchange(handle_->member, nullptr));
  open_ = nullptr;
}

std::string member_name_fault(const std::string& name) {
  constexpr std::size_t most = 1000;
  if (name.empty()) return "is empty";
  if (shown(name, most) != name) return "is longer than 1000 columns, not UTF-8, or has a character that cannot be printed";
  return "";
}

}  // namespace cambium
