// Runs a real program as a user would, with its output and exit code.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace tocsin {

struct ProgramResult {
  int exit_code = -1;  // 128 + n where signal n ended it
  std::string out, err;
};

struct ProgramInput {
  std::vector<std::string> arguments;  // of the tocsin binary
  std::string stdin_bytes;
  std::size_t stdin_chunk = 0;           // bytes for each write(); 0: all at once
  std::vector<std::string> environment;  // "NAME=value", beside a plain base
  // Called with what stderr and stdout hold so far; a number other than 0 is sent as a signal, once.
  std::function<int(const std::string& out)> signal_when;
};

ProgramResult run_tocsin(const ProgramInput& input);
// A shell command; its exit code and output.
ProgramResult run_shell(const std::string& command);

// A folder for this test, empty at first, removed with the test program.
std::string scratch_folder(const std::string& name);
void write_file(const std::string& path, const std::string& bytes);
std::string read_file(const std::string& path);
std::vector<std::string> lines_of(const std::string& text);

}  // namespace tocsin
