// Data as a command line names them: a kind, and where they are.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace apps {

// "csv:FILE"; or a kind alone, where it needs no place.
struct DataKind {
  const char* name;
  const char* where;  // "FILE", or empty
};

struct DataPlace {
  std::string kind, where;
};

// `option` stands before the text in messages: "--data ", or nothing. Errors: no such kind, with the closest one; a place that is
// missing, or one where there can be none.
DataPlace place_of(const std::string& option, const std::string& text, const std::vector<DataKind>& kinds);

// By its ending: .csv, .tsv or .txt, also with .gz behind it.
bool is_named_like_table(const std::string& file);

// A place without the kind before it, where it says one of these and there is no file of that whole name: "csv:t.csv" is "t.csv".
std::string without_kind(const std::string& text, const std::vector<std::string>& kinds);

// "X.npy,Y.npy". Error: `who` needs two files; try `before` and two names.
std::pair<std::string, std::string> two_files(const std::string& who, const std::string& before, const std::string& files);

// Of Fashion-MNIST, whose files do not name them.
const std::vector<std::string>& fashion_names();

// The file or folder at the end of a path, without where it lies.
std::string last_name(const std::string& path);

}  // namespace apps
