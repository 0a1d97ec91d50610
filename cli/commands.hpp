// The commands: each adds itself to the command line and runs when chosen. One file per command.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace whittle::cli {

class Session;

// What a chosen command does; called with everything resolved.
using Run = std::function<void(Session&)>;
// Called by a command's parser when it was chosen.
using Choose = std::function<void(Run)>;

void add_build(CLI::App& app, const Choose& choose);
void add_copy(CLI::App& app, const Choose& choose);
void add_diff(CLI::App& app, const Choose& choose);
void add_init(CLI::App& app, const Choose& choose);
void add_inspect(CLI::App& app, const Choose& choose);
void add_cache(CLI::App& app, const Choose& choose);
void add_resolve(CLI::App& app, const Choose& choose);
void add_serve(CLI::App& app, const Choose& choose);
void add_lock(CLI::App& app, const Choose& choose);
void add_sbom(CLI::App& app, const Choose& choose);
void add_smoke(CLI::App& app, const Choose& choose);
void add_slim(CLI::App& app, const Choose& choose);
void add_tune(CLI::App& app, const Choose& choose);
void add_symbolize(CLI::App& app, const Choose& choose);
void add_sign(CLI::App& app, const Choose& choose);
void add_unpack(CLI::App& app, const Choose& choose);
void add_verify(CLI::App& app, const Choose& choose);
void add_scan(CLI::App& app, const Choose& choose);
void add_schema(CLI::App& app, const Choose& choose);
void add_version(CLI::App& app, const Choose& choose);
void add_manual(CLI::App& app, const Choose& choose);
void add_completion(CLI::App& app, const Choose& choose);

}  // namespace whittle::cli
