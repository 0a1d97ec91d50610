// Keys as the commands take them: which one a flag names, and what of the environment it may need.
#pragma once

#include <string>

#include "cli/session.hpp"
#include "evidence/attached_writer.hpp"
#include "evidence/key_source.hpp"
#include "evidence/statement.hpp"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace whittle::cli {

struct KeyFlags {
  std::string key;            // FILE, env:NAME or cmd:PROGRAM; empty: none
  std::string password_file;  // of an encrypted key
  std::string form = "bundle";
};

// Adds the flag that names the key, the one of its password and, for what writes, --form.
CLI::Option* add_key_flag(CLI::App& command, KeyFlags& flags, const std::string& name,
                          const std::string& help);
void add_signing_flags(CLI::App& command, KeyFlags& flags);

evidence::StorageForm form_of(const KeyFlags& flags);
std::unique_ptr<evidence::Signer> signer_of(const KeyFlags& flags, Session& session);
evidence::PublicKey public_key_of(const KeyFlags& flags, Session& session);

// Error(usage) for a place that nothing can be attached to: archives and the Docker daemon.
void check_holds_signatures(const registry::Place& place);

// Attaches a statement to its subject in the place, once; signed, when there is a signer.
void attach_at(const registry::Place& place, const layers::Descriptor& subject,
               const evidence::Statement& statement, evidence::Signer* signer, evidence::StorageForm form,
               Session& session);

// Signs what the place names: by its digest, tags are looked up first. With `with_children` also each
// manifest below an index. Prints nothing; returns what was signed, the root first.
std::vector<Digest> sign_place(const registry::Place& place, evidence::Signer& signer,
                               evidence::StorageForm form, bool with_children, Session& session);

}  // namespace whittle::cli
