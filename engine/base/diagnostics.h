// What is wrong with a file that a user wrote, collected and shown all at once: place, line, caret and a hint. Loading
// never throws at the user one error at a time. Lines and columns count from 1, columns in bytes; 0 means unknown.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tocsin {

enum class DiagnosticLevel { kError, kWarning, kNote };
std::string_view to_text(DiagnosticLevel level);  // "error"

struct SourcePlace {
  std::string file;
  int line = 0;
  int column = 0;
};

struct Diagnostic {
  DiagnosticLevel level = DiagnosticLevel::kError;
  SourcePlace place;
  std::string message;      // "unknown key 'treshold'"
  std::string hint;         // "did you mean 'threshold'?"; may be empty
  std::string source_line;  // the line the place names; may be empty
};

class Diagnostics {
 public:
  void add(Diagnostic diagnostic);
  void error(SourcePlace place, std::string message, std::string hint = {}, std::string source_line = {});
  void warning(SourcePlace place, std::string message, std::string hint = {}, std::string source_line = {});

  bool has_errors() const { return errors_ > 0; }
  std::size_t error_count() const { return errors_; }
  const std::vector<Diagnostic>& all() const { return all_; }

  // file:line:col: error: message / the line / a caret / hint, in the order found. Control characters of the
  // source line are shown as '?', so that a hostile file can't drive the terminal.
  std::string render() const;

 private:
  std::vector<Diagnostic> all_;
  std::size_t errors_ = 0;
};

// The candidate nearest to `word` if near enough to be a slip of the fingers, else an empty view.
std::string_view nearest_word(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace tocsin
