// The figures of this room, printed as one table when the tests are done. tests/article/README.md says what the rows are.
#pragma once

#include <string>

namespace cambium::article {

// Each is a doctest CHECK that names the row, and a line of the table. Of several under one name the table keeps the one that came
// nearest its bound. A measured NaN never passes.
void at_most(int row, const std::string& what, double measured, double bound);
void at_least(int row, const std::string& what, double measured, double bound);
void near_to(int row, const std::string& what, double measured, double expected, double tolerance);

}  // namespace cambium::article
