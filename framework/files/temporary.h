// What AtomicFile needs to know of files that are on their way. For its own use.
#pragma once

#include <string>

struct stat;

namespace cambium::temporary {

// A name in the folder that no other call of any living process gets: .cambium-PROCESS-NUMBER.tmp.
std::string name_in(const std::string& folder);
// Where the system lists an open file: the way to one that has no other name.
std::string name_in_proc(int file);

// Locks an open file until it is closed or the process ends, where file systems have locks.
void hold(int file) noexcept;
// Removes the files with such names from the folder that are not locked. What cannot be opened stays.
void remove_abandoned(const std::string& folder) noexcept;

// Gives an open file the owner, the group, the permissions and the access list of `path`, of which `old` is known. Where the owner
// or group cannot be given, no right is given that would then be another's. False, with errno, where the permissions cannot.
bool copy_rights(const std::string& path, const struct stat& old, int file);

}  // namespace cambium::temporary
