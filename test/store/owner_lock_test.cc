#include "store/owner_lock.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "store/database.h"
#include "test/store/temporary_directory.h"

namespace tocsin {
namespace {

std::string refusal(const std::string& data_dir) {
  try {
    OwnerLock lock(data_dir);
  } catch (const StoreError& error) {
    return error.what();
  }
  return "";
}

TEST(OwnerLock, OneAtATime) {
  TemporaryDirectory directory;
  const std::string data_dir = directory.path() + "/a/b";
  EXPECT_EQ(OwnerLock::owner_of(data_dir), 0);
  {
    const OwnerLock lock(data_dir);
    EXPECT_EQ(OwnerLock::owner_of(data_dir), getpid());
    EXPECT_EQ(refusal(data_dir), data_dir + " is in use by tocsin (process " + std::to_string(getpid()) +
                                     "); stop it or name another data directory");
    EXPECT_EQ(OwnerLock::owner_of(data_dir), getpid()) << "the one that was refused took nothing away";
  }
  EXPECT_EQ(OwnerLock::owner_of(data_dir), 0);
  EXPECT_EQ(refusal(data_dir), "");
}

TEST(OwnerLock, MovesWithItsObject) {
  TemporaryDirectory directory;
  OwnerLock first(directory.path());
  const OwnerLock second(std::move(first));
  EXPECT_EQ(OwnerLock::owner_of(directory.path()), getpid());
}

TEST(OwnerLock, AStaleTextConfusesNobody) {
  TemporaryDirectory directory;
  for (const char* text : {"1\n", "4711", "", "nonsense", "-5", "99999999999999"}) {
    std::ofstream(directory.path() + "/owner.lock") << text;
    EXPECT_EQ(OwnerLock::owner_of(directory.path()), 0) << text;
    EXPECT_EQ(refusal(directory.path()), "") << text;
  }
}

TEST(OwnerLock, EndsWithItsProcessHoweverThatEnds) {
  TemporaryDirectory directory;
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const OwnerLock lock(directory.path());
    if (write(ready[1], "x", 1) != 1) _exit(1);
    while (true) pause();
  }
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  EXPECT_EQ(OwnerLock::owner_of(directory.path()), child);
  EXPECT_NE(refusal(directory.path()).find("process " + std::to_string(child)), std::string::npos);
  kill(child, SIGKILL);
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  EXPECT_EQ(OwnerLock::owner_of(directory.path()), 0);
  EXPECT_EQ(refusal(directory.path()), "");
  close(ready[0]);
  close(ready[1]);
}

}  // namespace
}  // namespace tocsin
