// The commands of the binary. Each adds itself to the command line with its options, examples and what it runs; main.cc
// holds the table. A command leaves its exit code in `exit_code` (the codes are in exit_code.h).
#pragma once

namespace CLI {
class App;
}

namespace tocsin {

void add_replay_command(CLI::App& app, int& exit_code);
void add_tail_command(CLI::App& app, int& exit_code);
void add_run_command(CLI::App& app, int& exit_code);
void add_reload_command(CLI::App& app, int& exit_code);
void add_pattern_command(CLI::App& app, int& exit_code);
void add_alarm_command(CLI::App& app, int& exit_code);
void add_workflow_command(CLI::App& app, int& exit_code);
void add_rules_command(CLI::App& app, int& exit_code);
void add_webhook_command(CLI::App& app, int& exit_code);
// alarms, incidents, executions: what a data directory holds.
void add_results_commands(CLI::App& app, int& exit_code);
void add_deliveries_command(CLI::App& app, int& exit_code);
void add_dead_letters_command(CLI::App& app, int& exit_code);
void add_doctor_command(CLI::App& app, int& exit_code);

// silence add, ls, expire.
void add_silence_command(CLI::App& app, int& exit_code);

}  // namespace tocsin
