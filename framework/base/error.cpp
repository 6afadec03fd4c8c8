#include "cambium/framework/base/error.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace cambium {

int edit_distance(const std::string& a, const std::string& b) {
  std::vector<int> row(b.size() + 1);  // row[j]: distance between the first i letters of a and the first j of b
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    int diagonal = row[0];
    row[0] = static_cast<int>(i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const int substituted = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row.back();
}

}  // namespace cambium
