"""The end-to-end loop: a workload under broad rights, the trail it leaves, the policy suggested from it, and what that allows."""
