// Holds infrastructure code to its own tools, in the folder that it is run in:
//   node code.mjs hcl FILE      HashiCorp's own parser, as JSON
//   node code.mjs synth MODULE  the CDK: makes the module's constructs, as CloudFormation
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [task, file] = process.argv.slice(2);
if (task === 'hcl') {
  const { parse } = await import('@cdktf/hcl2json');
  process.stdout.write(JSON.stringify(await parse(file, readFileSync(file, 'utf8'))));
} else {
  const { App, Stack } = await import('aws-cdk-lib');
  const made = await import(pathToFileURL(file).href);
  const app = new App({ outdir: 'cdk.out' });
  const stack = new Stack(app, 'Stack');
  for (const construct of Object.values(made)) new construct(stack, 'Access');
  process.stdout.write(JSON.stringify(app.synth().getStackByName('Stack').template));
}
