#!/usr/bin/env bash
# The job of the plugin as a shell pipeline would do it: curl, jq, openssh and python, one ssh for each step. It makes the same changes on
# the host, asks the same gates in short, writes the same documents and ends with the same push and message; it lacks what the plugin does
# beyond that (recovery, redaction, retries, limits, the finer gates). For the bench, and for nothing else.
#
# From the environment: VAULT_ADDR VAULT_ROLE JWT_FILE SSH_HOST SSH_PORT SSH_USER KNOWN_HOSTS WORKSPACE BRANCH SLACK_WEBHOOK
set -euo pipefail

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
post_mortem=$(ls docs/post-mortems/*.md)
worktree=$WORKSPACE.shell/worktree
plans=$WORKSPACE.shell/plans
protected='^(stacks/(vault|dbaas|traefik|authentik|kyverno)/|\.git|\.woodpecker|\.github/|\.claude|scripts/|docs/post-mortems/)'

# The open TODOs of safe types, by priority: PRIORITY TYPE ACTION, one a line.
python3 - $post_mortem >"$tmp/todos" <<'PY'
import re, sys
todos = []
for path in sys.argv[1:]:
    for row in re.findall(r'^\|\s*(P[0-3])\s*\|\s*(.*?)\s*\|\s*(.*?)\s*\|.*?\|\s*TODO\s*\|$', open(path).read(), re.M):
        if row[2] in ('Alert', 'Config', 'Monitor'):
            todos.append((row[0], row[2], row[1]))
for todo in sorted(todos, key=lambda todo: todo[0]):
    print('\t'.join(todo))
PY
if [[ ! -s $tmp/todos ]]; then
  jq -n '{text: "nothing to do"}' | curl -sSf -H 'Content-Type: application/json' -d @- "$SLACK_WEBHOOK" >/dev/null
  exit 0
fi

# The key.
token=$(jq -n --arg role "$VAULT_ROLE" --rawfile jwt "$JWT_FILE" '{role: $role, jwt: $jwt}' |
  curl -sSf -H 'Content-Type: application/json' -d @- "$VAULT_ADDR/v1/auth/kubernetes/login" | jq -r .auth.client_token)
umask 077
curl -sSf -H "X-Vault-Token: $token" "$VAULT_ADDR/v1/secret/data/ci/infra" | jq -r .data.data.devvm_ssh_key >"$tmp/key"
curl -sSf -X POST -H "X-Vault-Token: $token" "$VAULT_ADDR/v1/auth/token/revoke-self"
printf '%s\n' "$KNOWN_HOSTS" >"$tmp/known_hosts"

remote() {
  ssh -F /dev/null -i "$tmp/key" -p "$SSH_PORT" -o BatchMode=yes -o StrictHostKeyChecking=yes -o UserKnownHostsFile="$tmp/known_hosts" -o LogLevel=ERROR "$SSH_USER@$SSH_HOST" "$@"
}

git="git -c user.name=postmortem-todo-resolver -c user.email=postmortem-todo-resolver@localhost"

echo 'Preparing the worktree'
remote "mkdir -p $WORKSPACE.shell && mkdir $WORKSPACE.shell/lock"
remote "cd $WORKSPACE && git fetch --quiet origin $BRANCH && git worktree add --quiet --detach $worktree origin/$BRANCH && mkdir -p $plans"

date=$(basename "$post_mortem" | cut -c 1-10)
while IFS=$'\t' read -r priority type action <&3; do
  echo "TODO: $action"
  printf 'Implement this TODO of a post-mortem: %s\n' "$action" | remote "cd $worktree && claude -p --output-format stream-json --verbose" >"$tmp/events"
  cost=$(jq -rs 'last | select(.subtype == "success" and (.is_error | not) and .structured_output.status == "done") | .total_cost_usd' "$tmp/events")
  [[ -n $cost ]] || { echo 'the agent did not succeed' >&2; exit 1; }

  remote "cd $worktree && git add --all && git diff --cached --no-renames --numstat HEAD && git diff --cached HEAD" >"$tmp/diff"
  files=$(sed -n '/^diff /q;p' "$tmp/diff" | cut -f 3)
  if grep -Eq "$protected" <<<"$files" || grep -Eq '^(new|old|deleted) (file )?mode|^Binary|^\+.*(BEGIN .*PRIVATE KEY|AKIA[0-9A-Z]{16})' "$tmp/diff"; then
    echo 'the patch is refused' >&2
    exit 1
  fi
  for stack in $(cut -d / -f 1-2 <<<"$files" | sort -u); do
    plan=$plans/$(basename "$stack").tfplan
    remote "cd $worktree/$stack && terraform plan -input=false -out=$plan"
    remote "cd $worktree/$stack && terraform show -json $plan" >"$tmp/plan.json"
    jq -e '(.errored | not) and ([.resource_changes[].change.actions[] | select(IN("delete", "forget"))] | length == 0)' "$tmp/plan.json" >/dev/null ||
      { echo 'the plan is refused' >&2; exit 1; }
    remote "cd $worktree/$stack && terraform apply -input=false $plan"
  done
  printf 'fix(post-mortem): %s [PM-%s]\n\n[ci skip]\n\nPost-Mortem: %s\n' "$action" "$date" "$post_mortem" >"$tmp/message"
  remote "cd $worktree && $git commit --quiet --file - && git rev-parse HEAD" <"$tmp/message" >"$tmp/commit"
  printf '%s\t%s\t%s\t%s\n' "$priority" "$type" "$action" "$(cat "$tmp/commit")" >>"$tmp/done"
done 3<"$tmp/todos"

echo 'Updating the post-mortem'
remote "cd $worktree && git fetch --quiet origin $BRANCH && $git rebase --quiet origin/$BRANCH"
remote "cat $worktree/$post_mortem" >"$tmp/document"
python3 - "$tmp/document" "$tmp/done" >"$tmp/updated" <<'PY'
import datetime, re, sys
text = open(sys.argv[1]).read()
rows = []
for line in open(sys.argv[2]):
    priority, type, action, commit = line.rstrip('\n').split('\t')
    text = re.sub(r'(\|\s*%s\s*\|.*\|\s*)TODO(\s*\|)$' % re.escape(action), r'\1Done\2', text, flags=re.M)
    rows.append(f'| {datetime.date.today()} | {action} | {priority} | {type} | `{commit[:8]}` | postmortem-todo-resolver |')
if '## Follow-up Implementation' not in text:
    text += '\n## Follow-up Implementation\n\n| Date | Action | Priority | Type | Commit | Implemented By |\n|------|--------|----------|------|--------|----------------|\n'
print(text + '\n'.join(rows))
PY
remote "cat > $worktree/$post_mortem" <"$tmp/updated"
remote "cd $worktree && git add --all && $git commit --quiet -m 'docs: update post-mortem follow-up [PM-$date] [ci skip]'"
remote "cd $worktree && git push --quiet origin HEAD:$BRANCH"
remote "cd $WORKSPACE && git worktree remove --force $worktree && rm -rf $WORKSPACE.shell"

jq -Rn --arg link "$post_mortem" '[inputs | split("\t")] | {text: "Post-mortem TODOs", blocks: [{type: "section", text: {type: "mrkdwn", text: ($link + "\n" + (map(.[2] + ": done in " + .[3][:8]) | join("\n")))}}]}' "$tmp/done" |
  curl -sSf -H 'Content-Type: application/json' -d @- "$SLACK_WEBHOOK" >/dev/null
cat "$tmp/done"
