// The planner against its slow reference on random messages, and cut and restored in the middle.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <random>
#include <set>

#include "engine/delivery/notification_planner.h"
#include "test/engine/delivery/planner_messages.h"
#include "test/engine/delivery/reference_planner.h"

namespace tocsin::test {
namespace {

std::vector<ContactPoint> random_contacts(std::mt19937& random) {
  const auto pick = [&random](int below) { return static_cast<int>(random() % static_cast<unsigned>(below)); };
  std::vector<ContactPoint> contacts(2);
  contacts[0].name = "oncall";
  contacts[1].name = "chat";
  for (ContactPoint& contact : contacts) {
    if (pick(3) > 0)
      contact.grouping.group_by =
          pick(2) == 0 ? std::vector<std::string>{"service"} : std::vector<std::string>{"severity", "nothing"};
    contact.grouping.wait = Period::seconds(pick(4) * 10);
    contact.grouping.interval = Period::seconds(pick(4) * 40);
    if (pick(2) == 0) contact.grouping.repeat_interval = Period::seconds(30 + pick(5) * 60);
    if (pick(2) == 0) contact.flap = {.transitions = 1 + pick(4), .within = Period::seconds(20 + pick(200))};
  }
  return contacts;
}

// One call of the planner.
struct Step {
  std::optional<Notification> message;
  std::optional<std::vector<Silence>> silences;
  EventTime advance;
};

std::vector<Silence> random_silences(std::mt19937& random, std::int64_t second) {
  static const std::vector<LabelMatcher> kMatchers[] = {
      {{"service", LabelMatcher::Kind::kEqual, "cart"}},
      {{"alarm", LabelMatcher::Kind::kMatches, "errors.*"}},
      {{"alarm", LabelMatcher::Kind::kMatchesNot, "errors.*"}, {"severity", LabelMatcher::Kind::kEqual, "warning"}},
  };
  std::vector<Silence> silences;
  for (unsigned i = random() % 4; i > 0; --i) {
    const std::int64_t from = second - 50 + static_cast<std::int64_t>(random() % 150);
    Silence silence{.id = "sil_" + std::to_string(i), .matchers = kMatchers[random() % 3], .from = after(from)};
    silence.until = silence.from + Period::seconds(1 + static_cast<std::int64_t>(random() % 200));
    silences.push_back(silence);
  }
  return silences;
}

std::vector<Step> random_steps(std::mt19937& random) {
  using enum AlarmState;
  const std::vector<std::string> alarms = {"errors/cart", "slow/cart", "errors/pay", "silent"};
  std::vector<Step> steps;
  std::int64_t second = 0;
  for (int i = 0; i < 60; ++i) {
    const unsigned kind = random() % 10;
    if (kind > 2) second += static_cast<std::int64_t>(random() % (kind == 3 ? 400 : 20));
    Step step;
    step.advance = after(second);
    if (kind == 9) {
      step.silences = random_silences(random, second);
    } else if (kind < 8) {
      const AlarmState states[] = {kOk, kAlarm, kAlarm, kInsufficientData};
      step.message =
          change(second, alarms[random() % alarms.size()], states[random() % 4], random() % 2 == 0 ? "oncall" : "chat");
      step.message->id += "-" + std::to_string(i);
      if (kind == 7) {
        step.message->type = "incident.opened";
        step.message->change.reset();
      }
    }
    steps.push_back(std::move(step));
  }
  steps.push_back({.message = {}, .silences = {}, .advance = after(second + 1000)});
  return steps;
}

template <typename Planner>
void perform(Planner& planner, const Step& step, std::vector<Notification>& out) {
  if (step.silences) planner.set_silences(*step.silences);
  if (step.message) planner.add(*step.message, out);
  // As the engine does: each timer at its own time.
  planner.pass_over(step.advance);
  for (auto timer = planner.next_timer(); timer && *timer <= step.advance; timer = planner.next_timer()) {
    planner.advance(*timer, out);
  }
}

std::string whole_text(const Notification& one) {
  return text_of(one) + " " + one.id + " to " + one.contact_point + " at " + std::to_string((one.at - kStart).ms) +
         " " + one.order_key + " " + one.payload;
}

std::vector<std::string> whole_texts(const std::vector<Notification>& decided) {
  std::vector<std::string> texts;
  for (const Notification& one : decided) texts.push_back(whole_text(one));
  return texts;
}

TEST(NotificationPlannerReference, DecidesAsTheReferenceDoes) {
  for (unsigned seed = 0; seed < 600; ++seed) {
    std::mt19937 random(seed);
    const std::vector<ContactPoint> contacts = random_contacts(random);
    NotificationPlanner planner(contacts);
    ReferencePlanner reference(contacts);
    for (const Step& step : random_steps(random)) {
      std::vector<Notification> decided, expected;
      perform(planner, step, decided);
      perform(reference, step, expected);
      ASSERT_EQ(whole_texts(decided), whole_texts(expected)) << "seed " << seed;
    }
  }
}

TEST(NotificationPlannerReference, ARestoredPlannerGoesOnAsIfNothingHadHappened) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::mt19937 random(seed);
    const std::vector<ContactPoint> contacts = random_contacts(random);
    const std::vector<Step> steps = random_steps(random);
    auto planner = std::make_unique<NotificationPlanner>(contacts);
    NotificationPlanner uncut(contacts);
    std::vector<Silence> silences;
    for (const Step& step : steps) {
      std::vector<Notification> decided, expected;
      perform(*planner, step, decided);
      perform(uncut, step, expected);
      ASSERT_EQ(whole_texts(decided), whole_texts(expected)) << "seed " << seed;
      if (step.silences) silences = *step.silences;
      if (random() % 4 > 0) continue;
      StateWriter out;
      planner->save(out);
      const std::string bytes = out.take();
      planner = std::make_unique<NotificationPlanner>(contacts);
      planner->set_silences(silences);
      StateReader in(bytes);
      planner->restore(in);
      ASSERT_TRUE(in.ok() && in.at_end());
      StateWriter again;
      planner->save(again);
      ASSERT_EQ(again.take(), bytes);
    }
  }
}

TEST(NotificationPlannerReference, EveryMessageComesOutOnce) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::mt19937 random(seed);
    const std::vector<ContactPoint> contacts = random_contacts(random);
    // Tight limits: what is over them must come out too.
    const PlannerLimits limits{.alarms = 1 + seed % 5,
                               .groups = 1 + seed % 2,
                               .waiting = 1 + seed % 3,
                               .held = seed % 3,
                               .listed = 1 + seed % 2};
    NotificationPlanner planner(contacts, limits);
    std::map<std::string, int> count;
    std::vector<Notification> decided;
    for (const Step& step : random_steps(random)) {
      if (step.message) count[step.message->id] = 0;
      perform(planner, step, decided);
    }
    // What still waits is told at the latest now.
    planner.advance(after(5000), decided);
    std::set<std::string> sent;
    for (const Notification& one : decided) {
      if (count.contains(one.id)) ++count[one.id];
      if (one.disposition == Disposition::kSend) {
        EXPECT_TRUE(sent.insert(one.id).second) << one.id;
      } else {
        EXPECT_NE(one.reason, "") << one.id;
      }
    }
    for (const auto& [id, times] : count) EXPECT_EQ(times, 1) << id << ", seed " << seed;
  }
}

TEST(NotificationPlannerReference, WrongBytesHarmNobody) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::mt19937 random(seed);
    const std::vector<ContactPoint> contacts = random_contacts(random);
    const std::vector<Step> steps = random_steps(random);
    NotificationPlanner planner(contacts);
    std::vector<Notification> decided;
    for (std::size_t i = 0; i < 40; ++i) perform(planner, steps[i], decided);
    StateWriter out;
    planner.save(out);
    std::string bytes = out.take();
    if (seed % 2 == 0) bytes.resize(random() % bytes.size());
    for (int i = 0; i < 3 && !bytes.empty(); ++i) bytes[random() % bytes.size()] = static_cast<char>(random());
    NotificationPlanner restored(contacts);
    StateReader in(bytes);
    restored.restore(in);
    for (std::size_t i = 40; i < steps.size(); ++i) {
      if (steps[i].silences) restored.set_silences(*steps[i].silences);
      if (steps[i].message) restored.add(*steps[i].message, decided);
    }
  }
}

}  // namespace
}  // namespace tocsin::test
