// The terminal view on a real terminal: a pseudo terminal whose other end is read as a screen.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <sstream>

#include "app/replay_view.h"
#include "app/terminal_screen.h"
#include "app/text_layout.h"
#include "test/app/view_scenario.h"

namespace tocsin {
namespace {

using namespace view_scenario;

struct Terminal {
  unsigned short columns = 100, rows = 30;
  bool stdout_elsewhere = false;  // standard output is no terminal; its text is dropped
};

// All that a child writes to its terminal while it runs `action`.
std::string shown_on(const Terminal& terminal, const std::function<void()>& action) {
  winsize size{};
  size.ws_col = terminal.columns;
  size.ws_row = terminal.rows;
  int master = -1;
  std::fflush(nullptr);
  const pid_t child = ::forkpty(&master, nullptr, nullptr, &size);
  if (child == 0) {
    if (terminal.stdout_elsewhere && std::freopen("/dev/null", "w", stdout) == nullptr) ::_exit(2);
    action();
    std::fflush(nullptr);
    ::_exit(0);
  }
  EXPECT_GT(child, 0);
  std::string text;
  char buffer[4096];
  // Reading ends with EIO when the child has closed its end.
  for (ssize_t n = 0; (n = ::read(master, buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<std::size_t>(n));
  int status = -1;
  ::waitpid(child, &status, 0);
  ::close(master);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << text;
  return text;
}

// What stands on the screen in the end, for the few sequences the view may use; anything else is recorded as a fault.
struct Screen {
  std::vector<std::string> lines{""};
  std::vector<std::string> faults;
  std::size_t widest = 0;  // of all lines ever shown
  std::string widest_line;

  explicit Screen(const std::string& text) {
    std::size_t row = 0;
    bool at_start = true;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const char c = text[i];
      if (c == '\r') {
        at_start = true;
      } else if (c == '\n') {
        if (display_width(lines[row]) > widest) {
          widest = display_width(lines[row]);
          widest_line = lines[row];
        }
        if (++row == lines.size()) lines.emplace_back();
        at_start = true;
      } else if (c == '\x1b') {
        const std::size_t end = text.find_first_of("ABCDHJKm", i);
        const std::string sequence = text.substr(i + 1, end - i);
        i = end;
        if (sequence.back() == 'A') {
          const std::size_t up = std::stoul(sequence.substr(1));
          if (up > row) faults.push_back("up beyond the top");
          row -= std::min(up, row);
        } else if (sequence == "[J") {
          lines.resize(row + 1);
          lines[row].clear();
        } else if (sequence == "[K") {
          if (at_start) lines[row].clear();
        } else if (sequence.back() != 'm') {
          faults.push_back(sequence);
        }
      } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
        faults.push_back("control character " + std::to_string(c));
      } else {
        if (at_start) lines[row].clear();
        at_start = false;
        lines[row] += c;
      }
    }
  }
  std::string text() const {
    std::string all;
    for (const std::string& line : lines) all += line + "\n";
    return all;
  }
};

ReplayProgress progress(double wall_s) {
  return {.now = at(0) + Period{static_cast<std::int64_t>(wall_s * 60'000)},
          .lines = static_cast<std::uint64_t>(wall_s * 80'000),
          .dead_letters = 12,
          .late = 3,
          .consumed_bytes = static_cast<std::uint64_t>(wall_s * 1000),
          .total_bytes = 30'000,
          .services = 5,
          .wall_s = wall_s};
}

void play_until(ReplayView& view, const std::vector<Effect>& effects, EventTime end) {
  std::size_t next = 0;
  for (int step = 1; step <= 150; ++step) {
    const ReplayProgress now = progress(step * 0.2);
    while (next < effects.size()) {
      const auto* transition = std::get_if<StateTransition>(&effects[next]);
      if (transition != nullptr && (transition->at > *now.now || transition->at > end)) break;
      view.on_effect(effects[next++], "{}");
    }
    if (*now.now > end) return;
    view.on_progress(now);
  }
}

ViewOptions plain_options() {
  ViewOptions made = options();
  made.colour = false;
  return made;
}

// Needs pseudo-terminals, which a bare chroot without /dev/pts doesn't have.
class TerminalView : public ::testing::Test {
 protected:
  void SetUp() override {
    const int master = ::posix_openpt(O_RDWR | O_NOCTTY);
    const bool usable = master >= 0 && ::grantpt(master) == 0 && ::unlockpt(master) == 0;
    if (master >= 0) ::close(master);
    if (!usable) GTEST_SKIP() << "no pseudo-terminal can be had here; mount /dev/pts to run this";
  }
};

TEST_F(TerminalView, DrawsTheLiveAreaInPlace) {
  const Screen screen(shown_on({}, [] {
    auto view = make_terminal_view(plain_options());
    play_until(*view, outage(), at(6));
    std::fflush(nullptr);
    ::_exit(0);  // as it stands in the middle of the run
  }));
  EXPECT_EQ(screen.faults, std::vector<std::string>{});
  EXPECT_LT(screen.widest, 100U);
  expect_golden("replay-terminal/live.txt", screen.text());
}

TEST_F(TerminalView, EndsWithTheLinesAndTheReportOnly) {
  const Screen screen(shown_on({}, [] {
    auto view = make_terminal_view(plain_options());
    play_until(*view, outage(), at(60));
    view->on_end(outage_summary(), "{}");
  }));
  EXPECT_EQ(screen.faults, std::vector<std::string>{});
  expect_golden("replay-terminal/end.txt", screen.text());
}

TEST_F(TerminalView, FitsAnyTerminal) {
  for (const unsigned short columns : {20, 40, 80, 100, 200}) {
    for (const unsigned short rows : {4, 10, 24}) {
      const Terminal terminal{columns, rows, true};
      const Screen screen(shown_on(terminal, [] {
        ViewOptions made = plain_options();
        made.files.clear();
        auto view = make_terminal_view(made);
        std::vector<Effect> effects = outage();
        for (int i = 0; i < 40; ++i) {
          effects.emplace_back(transition({"error-rate/支払い" + std::to_string(i), AlarmState::kOk, AlarmState::kAlarm,
                                           at(10, 20 + i), at(5), 1}));
        }
        play_until(*view, effects, at(20));
        std::fflush(nullptr);
        ::_exit(0);
      }));
      EXPECT_EQ(screen.faults, std::vector<std::string>{}) << columns << "x" << rows;
      EXPECT_LT(screen.widest, std::max<std::size_t>(columns, 36)) << screen.widest_line;
      EXPECT_LE(screen.lines.size(), std::max<std::size_t>(rows, 6) + 1) << screen.text();
    }
  }
}

TEST_F(TerminalView, RedrawsAtMostTenTimesASecond) {
  const std::string text = shown_on({}, [] {
    auto view = make_terminal_view(plain_options());
    for (int i = 1; i <= 10'000; ++i) view->on_progress(progress(i * 0.0001));
  });
  std::size_t frames = 0;
  for (std::size_t at = text.find(" lines"); at != std::string::npos; at = text.find(" lines", at + 1)) ++frames;
  EXPECT_GE(frames, 5U);
  EXPECT_LE(frames, 11U);
}

TEST_F(TerminalView, HostileNamesNeverReachTheTerminalRaw) {
  for (const bool utf8 : {true, false}) {
    const std::string text = shown_on({}, [utf8] {
      ViewOptions made = plain_options();
      made.files[0].path = "\x1b]0;owned\x07.log";
      made.utf8 = utf8;
      auto view = make_terminal_view(made);
      play_until(*view, hostile_effects(), at(60));
      view->on_dead_letter({DeadReason::kInvalidUtf8, "a.log", 1, 0, "\x1b]0;owned\x07\xff\x9b"}, "");
      view->on_end(outage_summary(), "{}");
    });
    const Screen screen(text);
    EXPECT_EQ(screen.faults, std::vector<std::string>{});
    EXPECT_EQ(text.find("\x1b]"), std::string::npos);
    EXPECT_EQ(text.find("\x1b[2J"), std::string::npos);
    EXPECT_EQ(text.find("\xc2\x9b"), std::string::npos);
    EXPECT_EQ(text.find('\xff'), std::string::npos);
    EXPECT_NE(text.find("\\x1b]0;owned"), std::string::npos) << "it is shown";
    if (!utf8) {
      EXPECT_TRUE(std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; }));
    }
  }
}

TEST_F(TerminalView, ColoursOnlyWhereAsked) {
  const auto play = [](bool colour) {
    return shown_on({}, [colour] {
      ViewOptions made = plain_options();
      made.colour = colour;
      auto view = make_terminal_view(made);
      play_until(*view, outage(), at(60));
      view->on_end(outage_summary(), "{}");
    });
  };
  const std::string plain = play(false), coloured = play(true);
  EXPECT_EQ(plain.find("\x1b[0m"), std::string::npos);
  EXPECT_NE(coloured.find("\x1b[1;31m"), std::string::npos);
  EXPECT_EQ(Screen(plain).text(), Screen(coloured).text());
}

TEST_F(TerminalView, AnInterruptedRunLeavesNoLiveArea) {
  const Screen screen(shown_on({100, 30, true}, [] {
    auto view = make_terminal_view(plain_options());
    play_until(*view, outage(), at(6));
    view.reset();
  }));
  EXPECT_EQ(screen.text().find("/s"), std::string::npos) << screen.text();
}

}  // namespace
}  // namespace tocsin
