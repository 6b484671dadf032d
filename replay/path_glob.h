// Which files a user means by "/var/log/shop/*.log": `*` and `?` within a name, `[a-z]`, `[!a-z]`, `{log,txt}`, `**`
// for any number of folders. As in a shell, `*` and `?` don't stand for a dot at the beginning of a name, and a
// backslash makes the next character literal. Constant after construction.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin {

// "a{b,c}" is "ab" and "ac". Braces that are not closed, or hold no comma, are literal. At most `limit` alternatives
// are made; the rest of a pattern that would make more is taken literally.
std::vector<std::string> expand_braces(std::string_view pattern, std::size_t limit = 1024);

// One name, without slashes and braces.
bool matches_name(std::string_view pattern, std::string_view name);

class PathGlob {
 public:
  // An absolute pattern without braces.
  explicit PathGlob(std::string_view pattern);

  bool matches(std::string_view path) const;

  struct Visitor {
    std::function<void(const std::string& path)> file;  // what matches and is no folder
    // A folder in which what matches may appear; called before it is listed. `for_files`: the files are in it; else
    // only the way to them.
    std::function<void(const std::string& path, bool for_files)> folder;
    std::function<void(const std::string& path, int error)> problem;
  };
  // Looks at the disk. Folders are taken in the order of their names; `**` does not follow links to folders.
  void walk(const Visitor& visitor) const;

 private:
  class Walk;
  std::vector<std::string> segments_;
};

// Globs and what is left out of them.
class PathSelection {
 public:
  // Relative patterns are below `working_folder`. An exclusion without a slash is a file's name wherever it is.
  PathSelection(const std::vector<std::string>& paths, const std::vector<std::string>& exclude,
                const std::string& working_folder);

  bool matches(std::string_view path) const;
  void walk(const PathGlob::Visitor& visitor) const;

 private:
  bool is_excluded(std::string_view path) const;

  std::vector<PathGlob> globs_;
  std::vector<PathGlob> excluded_;
  std::vector<std::string> excluded_names_;
};

std::string folder_of(std::string_view path);     // "/" for "/a"
std::string_view name_of(std::string_view path);  // behind the last slash

}  // namespace tocsin
