#include "app/row_list.h"

namespace tocsin {

void RowList::add(std::string_view row) {
  if (is_array_) {
    out_.write(rows_ == 0 ? "[" : ",\n ");
    out_.write(row);
  } else {
    out_.line(row);
  }
  ++rows_;
}

void RowList::end() {
  if (is_array_) out_.line(rows_ == 0 ? "[]" : "]");
  out_.flush();
}

}  // namespace tocsin
