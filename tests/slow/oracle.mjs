// Asks an independent implementation of IAM's decision, one request a line in, one answer a line out.
//
// In:  {"policies": [document, …]} sets the policies; {"action", "resource", "context"} asks.
// Out: {"decision": "allowed" | "denied"} or {"error": …}: an action or resource that the implementation does not know is an
//      error and never counts as a denial.
import readline from 'node:readline';
import { runSimulation } from '@cloud-copilot/iam-simulate';

const account = '123456789012';
const everything = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
let policies = [];

// A key's default policy, or the policy of a resource in another account: its owner leaves the decision to the caller's IAM.
// Without it, the identity policies in question would not be asked at all.
function ownersPolicy(request, owner) {
  const isKey = request.action.startsWith('kms:');
  if (!isKey && owner === account) return {};
  const statement = { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: request.action };
  const place = request.action.startsWith('sts:') ? {} : { Resource: '*' };
  return { resourcePolicy: { Version: '2012-10-17', Statement: [{ ...statement, ...place }] } };
}

async function decide(request) {
  const owner = request.resource.split(':')[4] || account;
  const answer = await runSimulation(
    {
      ...ownersPolicy(request, owner),
      request: {
        principal: request.principal,
        action: request.action,
        resource: { resource: request.resource, accountId: owner },
        contextVariables: request.context ?? {},
      },
      identityPolicies: policies,
      serviceControlPolicies: [{ orgIdentifier: 'root', policies: [{ name: 'all', policy: everything }] }],
      resourceControlPolicies: [],
    },
    { simulationMode: 'Strict' },
  );
  if (answer.resultType === 'error') return { error: answer.errors };
  return { decision: answer.overallResult === 'Allowed' ? 'allowed' : 'denied' };
}

for await (const line of readline.createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  const request = JSON.parse(line);
  let answer;
  if (request.policies) {
    policies = request.policies.map((policy, index) => ({ name: `policy${index}`, policy }));
    answer = { policies: policies.length };
  } else {
    try {
      answer = await decide(request);
    } catch (error) {
      answer = { error: String(error) };
    }
  }
  process.stdout.write(JSON.stringify(answer) + '\n');
}
